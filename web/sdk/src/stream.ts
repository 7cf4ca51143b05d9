/*
 * Where this client is in the workspace's log. Every durable event is accepted once, in order; the cursor
 * never moves past an event that has not been handed out.
 */

import type { ServerEvent, SessionOpened } from "./types";

export class EventStream {
	#cursor: string | undefined;
	#lastSeq = Number.NEGATIVE_INFINITY;
	#skewMs: number | undefined;

	constructor(cursor: string | undefined) {
		this.#cursor = cursor;
	}

	get cursor(): string | undefined {
		return this.#cursor;
	}

	/** How far this machine's clock is ahead of the hub's: the least delayed event tells best. */
	get clockSkewMs(): number {
		return this.#skewMs ?? 0;
	}

	/** Takes in the answer to `session.open`; true if what was missed is lost. */
	opened(result: SessionOpened): boolean {
		const asked = this.#cursor !== undefined;
		const resumed = asked && result.resumed === true;
		this.#skewMs = undefined;
		if (!resumed) {
			this.#lastSeq = Number.NEGATIVE_INFINITY;
			this.#cursor = result.cursor;
		} else if ((result.replayed ?? 0) === 0) {
			this.#cursor = result.cursor;
		}
		/* With a replay to come the answer's cursor lies behind it: only the events themselves move ours. */
		return asked && !resumed;
	}

	/** False for what was seen before. */
	accept(event: ServerEvent): boolean {
		if (typeof event.seq === "number") {
			if (event.seq <= this.#lastSeq) return false;
			this.#lastSeq = event.seq;
			if (event.cursor !== undefined) this.#cursor = event.cursor;
		} else if (event.at !== undefined) {
			this.#learnSkew(event.at);
		}
		return true;
	}

	#learnSkew(at: string): void {
		const skewMs = Date.now() - Date.parse(at);
		if (Number.isNaN(skewMs)) return;
		if (this.#skewMs === undefined || skewMs < this.#skewMs) this.#skewMs = skewMs;
	}
}

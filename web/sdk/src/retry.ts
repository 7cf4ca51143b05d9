/* The one pending attempt to come back, and how often it has failed in a row. */

import { type Backoff, defaultBackoff, delayBeforeRetry } from "./backoff";
import type { CloseReason } from "./close";
import { after, cancel, type Timer } from "./host";

/* A session that held this long was a good one: the next failure is a first one again. */
const STABLE_MS = 5_000;

export class Retry {
	readonly #backoff: Backoff;
	readonly #random: () => number;
	#timer: Timer | undefined;
	#failures = 0;
	#openedAt: number | undefined;

	constructor(backoff: Partial<Backoff> | undefined, random: () => number) {
		this.#backoff = { ...defaultBackoff, ...backoff };
		this.#random = random;
	}

	get pending(): boolean {
		return this.#timer !== undefined;
	}

	get failures(): number {
		return this.#failures;
	}

	reset(): void {
		this.#failures = 0;
	}

	opened(): void {
		this.#openedAt = Date.now();
	}

	/** Runs `attempt` when it is time; answers how long that is. */
	plan(reason: CloseReason, attempt: () => void): number {
		this.cancel();
		if (this.#openedAt !== undefined && Date.now() - this.#openedAt >= STABLE_MS) this.reset();
		this.#openedAt = undefined;
		const delayMs = delayBeforeRetry(reason, this.#failures++, this.#backoff, this.#random);
		this.#timer = after(delayMs, () => {
			this.#timer = undefined;
			attempt();
		});
		return delayMs;
	}

	cancel(): void {
		cancel(this.#timer);
		this.#timer = undefined;
	}
}

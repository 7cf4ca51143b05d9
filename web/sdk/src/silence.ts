/*
 * Notices a hub that has gone silent. The hub says something at least once per interval; two and a half
 * intervals of nothing are suspicious, but not yet proof: a hidden tab or a sleeping laptop runs its timers
 * late. So on suspicion the client asks, and only if nothing at all comes back while it was awake to
 * hear it, the connection counts as dead. A healthy connection never does.
 */

import { after, cancel, type Timer } from "./host";

const SUSPICIOUS_INTERVALS = 2.5;
const PROBE_GRACE_MS = 5_000;
/* A timer this late means that the program was not running in between. */
const LATE_MS = 2_000;

export interface SilenceHandlers {
	/** Ask the hub for anything at all. */
	probe(): void;
	dead(): void;
}

export class SilenceWatch {
	readonly #handlers: SilenceHandlers;
	#limitMs = 0;
	#heardAt = 0;
	#probing = false;
	#timer: Timer | undefined;

	constructor(handlers: SilenceHandlers) {
		this.#handlers = handlers;
	}

	start(intervalMs: number): void {
		this.stop();
		if (!(intervalMs > 0)) return;
		this.#limitMs = intervalMs * SUSPICIOUS_INTERVALS;
		this.heard();
		this.#arm(this.#limitMs);
	}

	stop(): void {
		cancel(this.#timer);
		this.#timer = undefined;
		this.#limitMs = 0;
		this.#probing = false;
	}

	/** To be called for every message; costs no timer. */
	heard(): void {
		this.#heardAt = Date.now();
	}

	/** Looks now, because something hints that the program was asleep. */
	look(): void {
		if (this.#limitMs === 0 || this.#probing) return;
		const silentMs = this.#silentMs();
		if (silentMs >= this.#limitMs) this.#ask();
		else this.#arm(this.#limitMs - silentMs);
	}

	#arm(ms: number): void {
		cancel(this.#timer);
		this.#timer = after(ms, () => this.look());
	}

	#ask(): void {
		this.#probing = true;
		const askedAt = Date.now();
		cancel(this.#timer);
		this.#timer = after(PROBE_GRACE_MS, () => this.#judge(askedAt));
		this.#handlers.probe();
	}

	#judge(askedAt: number): void {
		this.#probing = false;
		const now = Date.now();
		if (this.#heardAt >= askedAt && this.#silentMs() < this.#limitMs)
			this.#arm(this.#limitMs - this.#silentMs());
		else if (now - askedAt > PROBE_GRACE_MS + LATE_MS) this.#ask();
		else this.#handlers.dead();
	}

	/* A clock that was set back counts as having heard just now. */
	#silentMs(): number {
		const silentMs = Date.now() - this.#heardAt;
		if (silentMs < 0) this.heard();
		return Math.max(0, silentMs);
	}
}

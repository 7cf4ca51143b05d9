/*
 * How long to wait before the next attempt. Full jitter: when a hub restarts, its clients come back
 * evenly spread over a window that doubles with each failure, not in waves.
 */

import type { CloseReason } from "./close";

export interface Backoff {
	baseMs: number;
	maxMs: number;
}

export const defaultBackoff: Backoff = { baseMs: 1_000, maxMs: 15_000 };

/** Evenly between 0 and the window of this many failures. */
export function fullJitter(failures: number, backoff: Backoff, random: () => number): number {
	const window = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(failures, 30));
	return Math.floor(random() * window);
}

/**
 * The hub's own advice is a floor that is never undercut. A connection that worked and was told to come
 * back at once adds nothing to it (the hub has spread its clients itself); if that failed, jitter is added.
 */
export function delayBeforeRetry(
	reason: CloseReason,
	failures: number,
	backoff: Backoff,
	random: () => number,
): number {
	if (reason.comeback === "at_once" && failures === 0) return reason.retryAfterMs;
	return reason.retryAfterMs + fullJitter(failures, backoff, random);
}

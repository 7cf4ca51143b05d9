/*
 * Keeps the presence store in step with the hub: applies differences, and at a gap takes one fresh
 * snapshot. Differences that come while it is on its way are kept and follow it if they fit.
 */

import { type Backoff, fullJitter } from "./backoff";
import { after, cancel, type Timer } from "./host";
import type { PresenceStore } from "./presence-store";
import type { PresenceDiff, PresenceSnapshot } from "./types";

const KEPT_DIFFS = 256;
/* Gaps that follow each other closer than this are spread out, to be no burden to a hub in trouble. */
const QUIET_MS = 10_000;
const REFETCH: Backoff = { baseMs: 1_000, maxMs: 20_000 };

export class PresenceSync {
	readonly #store: PresenceStore;
	readonly #fetch: () => Promise<PresenceSnapshot>;
	readonly #random: () => number;
	#kept: PresenceDiff[] | null = null;
	#turn = 0;
	#gaps = 0;
	#gapAt = Number.NEGATIVE_INFINITY;
	#timer: Timer | undefined;

	constructor(store: PresenceStore, fetch: () => Promise<PresenceSnapshot>, random: () => number) {
		this.#store = store;
		this.#fetch = fetch;
		this.#random = random;
	}

	/** A snapshot from the opening of a session or a new scope: what was under way no longer matters. */
	start(snapshot: PresenceSnapshot): void {
		this.stop();
		this.#store.replace(snapshot);
	}

	/** The connection is gone; what is held stays as last known. */
	stop(): void {
		this.#turn++;
		this.#kept = null;
		cancel(this.#timer);
		this.#timer = undefined;
	}

	diff(diff: PresenceDiff): void {
		if (this.#kept) {
			if (this.#kept.length === KEPT_DIFFS) this.#kept.shift();
			this.#kept.push(diff);
			return;
		}
		if (this.#store.apply(diff)) return;
		this.#kept = [diff];
		this.#gap();
	}

	/** Runs `request` for a snapshot with other content than before (a new scope) in place of the usual one. */
	async replaceBy(request: () => Promise<PresenceSnapshot>): Promise<void> {
		this.stop();
		const turn = this.#turn;
		this.#kept = [];
		try {
			const snapshot = await request();
			if (turn === this.#turn) this.#arrived(snapshot);
		} catch (error) {
			if (turn === this.#turn) this.#follow();
			throw error;
		}
	}

	#gap(): void {
		const now = Date.now();
		this.#gaps = now - this.#gapAt < QUIET_MS ? this.#gaps + 1 : 0;
		this.#gapAt = now;
		if (this.#gaps === 0) this.#refetch();
		else this.#timer = after(fullJitter(this.#gaps, REFETCH, this.#random), () => this.#refetch());
	}

	#refetch(): void {
		const turn = this.#turn;
		this.#fetch().then(
			(snapshot) => {
				if (turn === this.#turn) this.#arrived(snapshot);
			},
			() => {
				/* A lost connection has ended this turn: a new session brings its own snapshot. */
				if (turn === this.#turn) this.#gap();
			},
		);
	}

	#arrived(snapshot: PresenceSnapshot): void {
		this.#store.replace(snapshot);
		this.#follow();
	}

	/* Those older than the snapshot don't fit and fall away. */
	#follow(): void {
		const kept = this.#kept ?? [];
		this.#kept = null;
		for (const diff of kept) this.#store.apply(diff);
	}
}

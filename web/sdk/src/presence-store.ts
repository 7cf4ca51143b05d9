/*
 * Who is there, as one client knows it. A difference is applied only to the very version that it was made
 * from; everything else is refused, so the store never holds a mixture of two truths. Entries are replaced,
 * never changed: the same object means that nothing about that person has changed.
 */

import { throwLater } from "./host";
import type { Presence, PresenceCounts, PresenceDiff, PresenceSnapshot } from "./types";

export interface PresenceView {
	readonly version: string | null;
	readonly users: ReadonlyMap<string, Presence>;
	readonly counts: PresenceCounts | null;
}

export class PresenceStore {
	readonly #users = new Map<string, Presence>();
	readonly #listeners = new Set<() => void>();
	#version: string | null = null;
	#counts: PresenceCounts | null = null;
	#view: PresenceView | null = null;

	/** Both are bound, to be handed to React's useSyncExternalStore as they are. */
	readonly subscribe = (listener: () => void): (() => void) => {
		const own = () => listener();
		this.#listeners.add(own);
		return () => {
			this.#listeners.delete(own);
		};
	};

	/** The same object until something changes. */
	readonly getSnapshot = (): PresenceView => {
		this.#view ??= { version: this.#version, users: new Map(this.#users), counts: this.#counts };
		return this.#view;
	};

	get version(): string | null {
		return this.#version;
	}

	get(user: string): Presence | undefined {
		return this.#users.get(user);
	}

	replace(snapshot: PresenceSnapshot): void {
		this.#users.clear();
		for (const person of snapshot.users) this.#users.set(person.user, person);
		this.#version = snapshot.version;
		this.#counts = snapshot.counts ?? null;
		this.#changed();
	}

	/** False, and nothing changed, if the difference was not made from the version held. */
	apply(diff: PresenceDiff): boolean {
		if (this.#version === null || diff.from !== this.#version) return false;
		for (const user of diff.down ?? []) this.#users.delete(user);
		for (const person of diff.up ?? []) this.#users.set(person.user, person);
		this.#version = diff.version;
		this.#changed();
		return true;
	}

	setCounts(counts: PresenceCounts): void {
		this.#counts = counts;
		this.#changed();
	}

	#changed(): void {
		this.#view = null;
		for (const listener of [...this.#listeners]) {
			try {
				listener();
			} catch (error) {
				throwLater(error);
			}
		}
	}
}

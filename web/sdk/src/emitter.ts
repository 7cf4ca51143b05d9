/* Listeners by name. One that throws neither stops the others nor the client. */

import { throwLater } from "./host";

type Listener<Value> = (value: Value) => void;

export class Emitter<Events extends object> {
	readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

	/** Returns the function that ends it. */
	on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
		let set = this.#listeners.get(name);
		if (!set) {
			set = new Set();
			this.#listeners.set(name, set);
		}
		/* Wrapped, so that the same function registered twice is two listeners. */
		const own: Listener<Events[Name]> = (value) => listener(value);
		const listeners = set.add(own);
		return () => {
			listeners.delete(own);
		};
	}

	emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
		const set = this.#listeners.get(name) as Set<Listener<Events[Name]>> | undefined;
		if (!set) return;
		for (const listener of [...set]) {
			try {
				listener(value);
			} catch (error) {
				throwLater(error);
			}
		}
	}
}

/* One clock for everything on the page that ticks. It stands still while nothing looks at it. */

import { useSyncExternalStore } from "react";

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(changed: () => void): () => void {
	if (listeners.size === 0) {
		now = Date.now();
		timer = setInterval(() => {
			now = Date.now();
			for (const listener of listeners) listener();
		}, TICK_MS);
	}
	listeners.add(changed);
	return () => {
		listeners.delete(changed);
		if (listeners.size === 0) clearInterval(timer);
	};
}

/** Renders the caller again each second. */
export function useNow(): number {
	return useSyncExternalStore(subscribe, () => now);
}

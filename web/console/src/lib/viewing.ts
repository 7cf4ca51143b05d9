/*
 * The token of a view as somebody else, if this tab shows one. It lives in session storage, which no other
 * tab shares: the others go on as oneself.
 */

import { useSyncExternalStore } from "react";

const KEY = "muster.view-as";

const listeners = new Set<() => void>();

const read = (): string | null => sessionStorage.getItem(KEY);

function subscribe(changed: () => void): () => void {
	listeners.add(changed);
	return () => listeners.delete(changed);
}

function tell(): void {
	for (const listener of listeners) listener();
}

export const useViewing = (): string | null => useSyncExternalStore(subscribe, read);

export function keepViewing(token: string): void {
	sessionStorage.setItem(KEY, token);
	tell();
}

/** Back to oneself; whether this tab did show a view. */
export function dropViewing(): boolean {
	const shown = read() !== null;
	sessionStorage.removeItem(KEY);
	tell();
	return shown;
}

/* Whether this page is the one in front. */

import { useSyncExternalStore } from "react";

function subscribe(changed: () => void): () => void {
	document.addEventListener("visibilitychange", changed);
	return () => document.removeEventListener("visibilitychange", changed);
}

export function useVisible(): boolean {
	return useSyncExternalStore(subscribe, () => document.visibilityState === "visible");
}

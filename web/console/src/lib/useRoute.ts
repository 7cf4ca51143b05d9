/* Which page is open: kept in the address after the hash, so that reload and back work. */

import { useSyncExternalStore } from "react";

export type Route = "me" | "board";

const read = (): Route => (location.hash === "#/board" ? "board" : "me");

function subscribe(changed: () => void): () => void {
	window.addEventListener("hashchange", changed);
	return () => window.removeEventListener("hashchange", changed);
}

export const routeHref = (route: Route): string => (route === "board" ? "#/board" : "#/");

export function useRoute(): Route {
	return useSyncExternalStore(subscribe, read);
}

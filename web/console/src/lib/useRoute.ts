/* Which page is open: kept in the address after the hash, so that reload and back work. */

import { useSyncExternalStore } from "react";

const hashes = { me: "#/", board: "#/board", security: "#/security" } as const;

export type Route = keyof typeof hashes;

const read = (): Route =>
	location.hash === hashes.board ? "board" : location.hash === hashes.security ? "security" : "me";

function subscribe(changed: () => void): () => void {
	window.addEventListener("hashchange", changed);
	return () => window.removeEventListener("hashchange", changed);
}

export const routeHref = (route: Route): string => hashes[route];

export function useRoute(): Route {
	return useSyncExternalStore(subscribe, read);
}

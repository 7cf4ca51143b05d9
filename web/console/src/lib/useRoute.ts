/* Which page is open: kept in the address after the hash, so that reload and back work. */

import { useSyncExternalStore } from "react";
import { type SectionId, sectionIds } from "./sections";

export type AdminRoute = `admin/${SectionId}`;
export type ConversationRoute = `conversations/${string}`;
export type Route = "me" | "conversations" | "queue" | "board" | "security" | ConversationRoute | AdminRoute;

export const adminRoute = (section: SectionId): AdminRoute => `admin/${section}`;

const ONE = "conversations/";

/** The page of one conversation, whatever its id is made of. */
export const conversationRoute = (id: string): ConversationRoute => `${ONE}${encodeURIComponent(id)}`;

/** Which one a route is about; null: none of them. */
export function routedConversation(route: Route): string | null {
	if (!route.startsWith(ONE)) return null;
	try {
		return decodeURIComponent(route.slice(ONE.length)) || null;
	} catch {
		return null;
	}
}

const others: readonly Route[] = [
	"conversations",
	"queue",
	"board",
	"security",
	...sectionIds.map(adminRoute),
];

export function routeOf(hash: string): Route {
	if (hash.startsWith(`#/${ONE}`)) return hash.slice(2) as ConversationRoute;
	return others.find((route) => hash === routeHref(route)) ?? "me";
}

const read = (): Route => routeOf(location.hash);

function subscribe(changed: () => void): () => void {
	window.addEventListener("hashchange", changed);
	return () => window.removeEventListener("hashchange", changed);
}

export const routeHref = (route: Route): string => (route === "me" ? "#/" : `#/${route}`);

export const goTo = (route: Route): void => {
	location.hash = routeHref(route);
};

export function useRoute(): Route {
	return useSyncExternalStore(subscribe, read);
}

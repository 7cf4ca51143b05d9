/* Which page is open: kept in the address after the hash, so that reload and back work. */

import { useSyncExternalStore } from "react";
import { type SectionId, sectionIds } from "./sections";

export type AdminRoute = `admin/${SectionId}`;
export type Route = "me" | "board" | "security" | AdminRoute;

export const adminRoute = (section: SectionId): AdminRoute => `admin/${section}`;

const others: readonly Route[] = ["board", "security", ...sectionIds.map(adminRoute)];

const read = (): Route => others.find((route) => location.hash === routeHref(route)) ?? "me";

function subscribe(changed: () => void): () => void {
	window.addEventListener("hashchange", changed);
	return () => window.removeEventListener("hashchange", changed);
}

export const routeHref = (route: Route): string => (route === "me" ? "#/" : `#/${route}`);

export function useRoute(): Route {
	return useSyncExternalStore(subscribe, read);
}

/*
 * The invitation whose link was opened: #/invite/<workspace>/<token>. It stands behind the hash, so that no server and
 * no proxy on the way gets to see it.
 */

import type { InviteLink } from "muster";
import { useMemo, useSyncExternalStore } from "react";

const read = (): string => (location.hash.startsWith("#/invite/") ? location.hash : "");

function subscribe(changed: () => void): () => void {
	window.addEventListener("hashchange", changed);
	return () => window.removeEventListener("hashchange", changed);
}

export function parseInviteLink(hash: string): InviteLink | null {
	const [, workspace, token] = /^#\/invite\/([\w.-]+)\/([\w.~-]+)$/.exec(hash) ?? [];
	return workspace && token ? { workspace, token } : null;
}

export function useInviteLink(): InviteLink | null {
	const hash = useSyncExternalStore(subscribe, read);
	return useMemo(() => parseInviteLink(hash), [hash]);
}

/** Takes the link out of the address and out of the history. */
export function leaveInvite(): void {
	location.replace("#/");
}

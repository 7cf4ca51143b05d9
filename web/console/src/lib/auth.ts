/*
 * Who is signed in on this browser. It lives in local storage, so that all tabs share it: signing in or
 * out in one is seen by the others.
 */

import { useSyncExternalStore } from "react";

export interface Auth {
	token: string;
	workspace: string;
}

const KEY = "muster.auth";
const WORKSPACE_KEY = "muster.workspace";

const listeners = new Set<() => void>();
let cached: { text: string | null; auth: Auth | null } = { text: null, auth: null };

function read(): Auth | null {
	const text = localStorage.getItem(KEY);
	if (text !== cached.text) cached = { text, auth: parse(text) };
	return cached.auth;
}

function parse(text: string | null): Auth | null {
	try {
		const raw = JSON.parse(text ?? "null") as Partial<Auth> | null;
		if (typeof raw?.token !== "string" || typeof raw.workspace !== "string") return null;
		return { token: raw.token, workspace: raw.workspace };
	} catch {
		return null;
	}
}

function subscribe(changed: () => void): () => void {
	/* Storage events tell of other tabs only; the set is for this one. */
	listeners.add(changed);
	window.addEventListener("storage", changed);
	return () => {
		listeners.delete(changed);
		window.removeEventListener("storage", changed);
	};
}

function tell(): void {
	for (const listener of listeners) listener();
}

export function useAuth(): Auth | null {
	return useSyncExternalStore(subscribe, read);
}

export function keepAuth(auth: Auth): void {
	localStorage.setItem(KEY, JSON.stringify(auth));
	localStorage.setItem(WORKSPACE_KEY, auth.workspace);
	tell();
}

/** Forgets this sign-in, but not one that another tab has made since. */
export function dropAuth(auth: Auth): void {
	if (read()?.token === auth.token) localStorage.removeItem(KEY);
	tell();
}

/** The workspace signed in to last, to be offered again. */
export const lastWorkspace = (): string => localStorage.getItem(WORKSPACE_KEY) ?? "";

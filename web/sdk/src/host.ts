/*
 * What the client needs of the program it runs in, and nothing of a page: browsers, Node and
 * React Native all have timers, and a WebSocket of their own or one that is handed in.
 */

export interface SocketLike {
	readonly readyState: number;
	send(data: string): void;
	close(code?: number, reason?: string): void;
	onopen: ((event: never) => void) | null;
	onmessage: ((event: { data: unknown }) => void) | null;
	onclose: ((event: { code: number; reason: string }) => void) | null;
	onerror: ((event: never) => void) | null;
}

export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

export type Timer = { readonly timer: unique symbol };

export interface HttpAnswer {
	ok: boolean;
	status: number;
	json(): Promise<unknown>;
}

export type HttpFetch = (
	url: string,
	init: { method: string; headers: Record<string, string>; body: string },
) => Promise<HttpAnswer>;

interface Host {
	WebSocket?: SocketConstructor;
	fetch?: HttpFetch;
	crypto?: { randomUUID?: () => string };
	setTimeout(run: () => void, afterMs: number): Timer;
	clearTimeout(timer: Timer): void;
}

/* Looked up at each use, so that a test's fake clock is seen. */
const host = (): Host => globalThis as unknown as Host;

export function after(ms: number, run: () => void): Timer {
	return host().setTimeout(run, ms);
}

export function cancel(timer: Timer | undefined): void {
	if (timer !== undefined) host().clearTimeout(timer);
}

export function defaultSocket(): SocketConstructor {
	const found = host().WebSocket;
	if (!found) throw new TypeError("There is no WebSocket here: hand one in as options.WebSocket.");
	return found;
}

export function defaultFetch(): HttpFetch {
	const found = host().fetch;
	if (!found) throw new TypeError("There is no fetch here: hand one in.");
	return (url, init) => found(url, init);
}

/** A key that no other call has; strength does not matter, uniqueness does. */
export function uniqueKey(): string {
	const made = host().crypto?.randomUUID?.();
	if (made) return made;
	const part = () => Math.random().toString(36).slice(2, 12);
	return `${Date.now().toString(36)}-${part()}-${part()}`;
}

/** Reports what a listener threw without taking the client down with it. */
export function throwLater(error: unknown): void {
	after(0, () => {
		throw error;
	});
}

/*
 * One WebSocket from its birth to its end. It reports its end exactly once, and nothing after it, however
 * the socket underneath behaves: a dead network may keep a closing socket alive for minutes.
 */

import { after, cancel, type SocketConstructor, type SocketLike, type Timer } from "./host";

const SUBPROTOCOL = "muster.v1";
const OPEN = 1;
const CLEAN = 1000;
/* Of the private range: whoever hears it after all takes the connection for lost, not for left. */
const GAVE_UP = 4900;

export interface LinkHandlers {
	opened(): void;
	message(message: object): void;
	ended(code: number, reason: string): void;
}

export class Link {
	#socket: SocketLike | undefined;
	#handlers: LinkHandlers | undefined;
	#timer: Timer | undefined;

	/** Ends with 1006 unless `established` was called in time. */
	constructor(Socket: SocketConstructor, url: string, timeoutMs: number, handlers: LinkHandlers) {
		this.#handlers = handlers;
		this.#timer = after(timeoutMs, () => this.giveUp());
		const socket = new Socket(url, [SUBPROTOCOL]);
		this.#socket = socket;
		socket.onopen = () => this.#handlers?.opened();
		socket.onmessage = (event) => this.#received(event.data);
		socket.onclose = (event) => this.#ended(event.code, event.reason ?? "");
		/* An error is always followed by a close, which says more. */
		socket.onerror = () => {};
	}

	established(): void {
		cancel(this.#timer);
	}

	/** False if it could not be handed to the network. */
	send(text: string): boolean {
		if (this.#socket?.readyState !== OPEN) return false;
		this.#socket.send(text);
		return true;
	}

	/** Leaves cleanly; its end is not reported. */
	abandon(): void {
		this.#detach()?.close(CLEAN);
	}

	/** Nothing is to be expected of it any more: reports its end without waiting for the other side. */
	giveUp(): void {
		const handlers = this.#handlers;
		this.#detach()?.close(GAVE_UP);
		handlers?.ended(1006, "");
	}

	#received(data: unknown): void {
		for (const message of parse(data)) this.#handlers?.message(message);
	}

	#ended(code: number, reason: string): void {
		const handlers = this.#handlers;
		this.#detach();
		handlers?.ended(code, reason);
	}

	#detach(): SocketLike | undefined {
		const socket = this.#socket;
		cancel(this.#timer);
		this.#handlers = undefined;
		this.#socket = undefined;
		/* The error listener stays: some sockets throw an error that nobody listens for. */
		if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
		return socket;
	}
}

/* A message or a batch. What is not JSON is not from a hub, and is left out. */
function parse(data: unknown): object[] {
	if (typeof data !== "string") return [];
	try {
		const parsed: unknown = JSON.parse(data);
		const messages = Array.isArray(parsed) ? parsed : [parsed];
		return messages.filter((message) => typeof message === "object" && message !== null);
	} catch {
		return [];
	}
}

/*
 * A hub in memory: hands out sockets to a client and lets a test play the other side, one step at a time.
 * Nothing happens by itself, so that a test decides what comes first.
 */

import { type ClientOptions, MusterClient, type Presence, type SocketConstructor } from "../src/index";

export interface Sent {
	id?: number;
	method: string;
	params: Record<string, unknown>;
}

export class FakeSocket {
	readonly url: string;
	readonly protocols: string[];
	readonly sent: Sent[] = [];
	readyState = 0;
	closedWith: number | undefined;
	onopen: ((event: never) => void) | null = null;
	onmessage: ((event: { data: unknown }) => void) | null = null;
	onclose: ((event: { code: number; reason: string }) => void) | null = null;
	onerror: ((event: never) => void) | null = null;

	constructor(url: string, protocols: string[]) {
		this.url = url;
		this.protocols = protocols;
	}

	send(text: string): void {
		if (this.readyState !== 1) throw new Error("sent on a socket that is not open");
		this.sent.push(JSON.parse(text) as Sent);
	}

	close(code?: number): void {
		this.closedWith = code;
		this.readyState = 2;
	}

	/* The hub's side from here on. */

	accept(): void {
		this.readyState = 1;
		this.onopen?.(undefined as never);
	}

	message(message: unknown): void {
		this.onmessage?.({ data: JSON.stringify(message) });
	}

	event(type: string, data: unknown, more: Record<string, unknown> = {}): void {
		this.message({ jsonrpc: "2.0", method: "event", params: { type, data, ...more } });
	}

	durable(seq: number, type = "x.test"): void {
		this.event(type, { n: seq }, { seq, cursor: `acme:0:${seq}` });
	}

	end(code: number, reason: unknown = ""): void {
		this.readyState = 3;
		this.onclose?.({ code, reason: typeof reason === "string" ? reason : JSON.stringify(reason) });
	}

	/** All requests of that method so far. */
	calls(method: string): Sent[] {
		return this.sent.filter((request) => request.method === method);
	}

	last(method: string): Sent {
		const found = this.calls(method).at(-1);
		if (!found) throw new Error(`${method} was not called`);
		return found;
	}

	answer(method: string, result: unknown): void {
		this.message({ jsonrpc: "2.0", id: this.last(method).id, result });
	}

	refuse(method: string, error: unknown): void {
		this.message({ jsonrpc: "2.0", id: this.last(method).id, error });
	}

	open(more: Record<string, unknown> = {}): void {
		this.accept();
		this.answer("session.open", { ...openResult, ...more });
	}
}

export class FakeHub {
	readonly sockets: FakeSocket[] = [];
	readonly Socket: SocketConstructor;

	constructor() {
		const { sockets } = this;
		this.Socket = class extends FakeSocket {
			constructor(url: string, protocols: string[]) {
				super(url, protocols);
				sockets.push(this);
			}
		};
	}

	get socket(): FakeSocket {
		const found = this.sockets.at(-1);
		if (!found) throw new Error("nobody has connected");
		return found;
	}

	/** A client that has not been started. */
	client(options: Partial<ClientOptions> = {}): MusterClient {
		return new MusterClient({
			url: "wss://hub.test/v1/ws",
			token: "t-1",
			device: { id: "d-1", kind: "web", name: "Test" },
			WebSocket: this.Socket,
			random: () => 0.5,
			...options,
		});
	}

	/** A client whose session is open. */
	live(options: Partial<ClientOptions> = {}): MusterClient {
		const client = this.client(options);
		client.connect();
		this.socket.open();
		return client;
	}
}

export function person(user: string, status = "available"): Presence {
	return {
		user,
		name: user.toUpperCase(),
		status,
		base: "available",
		since: "2026-11-21T12:00:00.000Z",
		cause: "self",
		note: null,
		until: null,
		devices: [{ kind: "web", state: "active" }],
	};
}

export const openResult = {
	session: "s-1",
	workspace: { id: "acme", name: "Acme" },
	user: { id: "u1", name: "Uma", teams: ["t1"] },
	permissions: ["presence.self", "presence.view:team"],
	settings: { statuses: [], idle_after_ms: 300_000 },
	cursor: "acme:0:10",
	resumed: false,
	replayed: 0,
	ping_interval_ms: 20_000,
	presence: { version: "n1:1", users: [person("u1"), person("u2")] },
};

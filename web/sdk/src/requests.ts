/*
 * The requests under way on one client. A request waits until the connection is live, is sent at most
 * once per connection, and ends exactly once: answered, timed out, lost or closed.
 */

import { ConnectionLostError, errorFromWire, type MusterError, TimeoutError } from "./errors";
import { after, cancel, type Timer, uniqueKey } from "./host";
import type { Params } from "./types";

export interface CallOptions {
	/** May be carried out twice without harm: sent again, with the same key, if the connection breaks. */
	idempotent?: boolean;
	/** The key to use; having one makes the call idempotent. */
	idempotencyKey?: string;
	/** How long to wait for the answer, reconnects included. */
	timeoutMs?: number;
}

export interface Answer {
	id?: unknown;
	result?: unknown;
	error?: unknown;
}

interface Pending {
	id: number;
	method: string;
	params: Params;
	again: boolean;
	sent: boolean;
	timer: Timer | undefined;
	done(result: unknown): void;
	fail(error: MusterError): void;
}

export class Requests {
	readonly #pending = new Map<number, Pending>();
	readonly #transmit: (text: string) => boolean;
	readonly #timeoutMs: number;
	#nextId = 1;

	/** `transmit` answers false when nothing can be sent now. */
	constructor(transmit: (text: string) => boolean, timeoutMs: number) {
		this.#transmit = transmit;
		this.#timeoutMs = timeoutMs;
	}

	/** `ready` says that the session is open; else the request waits for `flush`. */
	call(method: string, params: Params, options: CallOptions, ready: boolean): Promise<unknown> {
		const again = options.idempotent === true || options.idempotencyKey !== undefined;
		const full = again ? { ...params, idempotency_key: options.idempotencyKey ?? uniqueKey() } : params;
		return new Promise((resolve, reject) => {
			const request = this.#add(method, full, again, resolve, reject);
			const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
			request.timer = after(timeoutMs, () => {
				this.#take(request.id)?.fail(new TimeoutError(method, timeoutMs));
			});
			if (ready) this.#send(request);
		});
	}

	/** Sends at once, ahead of those that wait; answered in the same turn as the message comes in. */
	opening(
		method: string,
		params: Params,
		done: (result: unknown) => void,
		fail: (e: MusterError) => void,
	): void {
		this.#send(this.#add(method, params, false, done, fail));
	}

	flush(): void {
		for (const request of this.#pending.values()) if (!request.sent) this.#send(request);
	}

	settle(answer: Answer): void {
		const request = typeof answer.id === "number" ? this.#take(answer.id) : undefined;
		if (!request) return;
		if (answer.error !== undefined) request.fail(errorFromWire(answer.error));
		else request.done(answer.result);
	}

	/** The connection is gone. What was not sent goes on waiting, what may be sent again will be. */
	lost(mayResend: boolean): void {
		for (const request of [...this.#pending.values()]) {
			if (!request.sent) continue;
			if (request.again && mayResend) request.sent = false;
			else this.#take(request.id)?.fail(new ConnectionLostError(request.method));
		}
	}

	failAll(error: MusterError): void {
		for (const id of [...this.#pending.keys()]) this.#take(id)?.fail(error);
	}

	#add(
		method: string,
		params: Params,
		again: boolean,
		done: Pending["done"],
		fail: Pending["fail"],
	): Pending {
		const id = this.#nextId++;
		const request: Pending = { id, method, params, again, sent: false, timer: undefined, done, fail };
		this.#pending.set(id, request);
		return request;
	}

	#take(id: number): Pending | undefined {
		const request = this.#pending.get(id);
		if (!request) return undefined;
		this.#pending.delete(id);
		cancel(request.timer);
		return request;
	}

	#send(request: Pending): void {
		const { id, method, params } = request;
		request.sent = this.#transmit(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
	}
}

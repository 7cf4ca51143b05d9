/*
 * Errors that a caller can tell apart by `kind`. The hub's own kinds pass through as they are;
 * the client adds "connection_lost", "closed", "timeout" and "network".
 */

export interface ErrorDetails {
	code?: number | undefined;
	temporary?: boolean | undefined;
	retryAfterMs?: number | undefined;
	fields?: Readonly<Record<string, string>> | undefined;
	present?: unknown;
}

export class MusterError extends Error {
	readonly kind: string;
	readonly code: number | undefined;
	readonly temporary: boolean;
	readonly retryAfterMs: number;
	readonly fields: Readonly<Record<string, string>>;
	/** What a conflict says is there now. */
	readonly present: unknown;

	constructor(kind: string, message: string, details: ErrorDetails = {}) {
		super(message);
		this.name = "MusterError";
		this.kind = kind;
		this.code = details.code;
		this.temporary = details.temporary ?? false;
		this.retryAfterMs = details.retryAfterMs ?? 0;
		this.fields = details.fields ?? {};
		this.present = details.present;
	}
}

/**
 * The connection went away while a request was on its way: it may or may not have been carried out.
 * A call marked `idempotent` never ends like this, it is sent again.
 */
export class ConnectionLostError extends MusterError {
	constructor(method: string) {
		super("connection_lost", `The connection was lost before ${method} was answered.`, { temporary: true });
		this.name = "ConnectionLostError";
	}
}

/** The client was closed, by its owner or for good by the hub: nothing can be sent. */
export class ClosedError extends MusterError {
	constructor(kind: string) {
		super("closed", `The client is closed (${kind}).`);
		this.name = "ClosedError";
	}
}

export class TimeoutError extends MusterError {
	constructor(method: string, timeoutMs: number) {
		super("timeout", `${method} was not answered within ${timeoutMs} ms.`, { temporary: true });
		this.name = "TimeoutError";
	}
}

interface WireError {
	code?: unknown;
	message?: unknown;
	data?: {
		kind?: unknown;
		temporary?: unknown;
		retry_after_ms?: unknown;
		fields?: unknown;
		present?: unknown;
	};
}

/** Makes the error of a JSON-RPC answer into one of ours. */
export function errorFromWire(raw: unknown): MusterError {
	const error = (raw ?? {}) as WireError;
	const data = error.data ?? {};
	return new MusterError(
		typeof data.kind === "string" ? data.kind : "internal",
		typeof error.message === "string" ? error.message : "The hub answered with an error.",
		{
			code: typeof error.code === "number" ? error.code : undefined,
			temporary: data.temporary === true,
			retryAfterMs: typeof data.retry_after_ms === "number" ? data.retry_after_ms : 0,
			fields: isFields(data.fields) ? data.fields : {},
			present: data.present,
		},
	);
}

export function isFields(value: unknown): value is Record<string, string> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/*
 * What a closed connection means: whether to come back, and when. The ranges are the contract of the
 * hub's close codes, so that a code added later inside a range needs no change here.
 */

export type Comeback = "never" | "advised" | "at_once" | "backoff";

export interface CloseReason {
	code: number;
	kind: string;
	retryAfterMs: number;
	comeback: Comeback;
}

interface CloseRange {
	from: number;
	to: number;
	comeback: Comeback;
	kind: string;
}

const ranges: readonly CloseRange[] = [
	{ from: 4000, to: 4099, comeback: "never", kind: "refused" },
	{ from: 4100, to: 4199, comeback: "advised", kind: "unavailable" },
	{ from: 4200, to: 4299, comeback: "at_once", kind: "moved" },
];

/* For a close frame whose reason could not be read. */
const kinds: Readonly<Record<number, string>> = {
	1000: "closed_by_hub",
	1001: "going_away",
	1002: "protocol_error",
	1003: "unsupported_data",
	1006: "connection_lost",
	1007: "invalid_utf8",
	1009: "too_large",
	4000: "bad_request",
	4001: "auth_timeout",
	4002: "token_invalid",
	4003: "session_revoked",
	4004: "user_deactivated",
	4005: "protocol_violation",
	4006: "too_many_connections",
	4100: "overloaded",
	4101: "store_unavailable",
	4200: "draining",
	4201: "slow_reader",
	4202: "lease_lost",
	4203: "resync",
};

/** Codes with which the hub answers to something that we sent: sending it again would end the same way. */
const ourFault: ReadonlySet<number> = new Set([1002, 1003, 1007, 1009]);

export function blamesWhatWeSent(reason: CloseReason): boolean {
	return ourFault.has(reason.code);
}

export function readClose(code: number, text: string): CloseReason {
	const range = ranges.find((row) => code >= row.from && code <= row.to);
	const told = parseReason(text);
	return {
		code,
		kind: told.kind ?? kinds[code] ?? range?.kind ?? "connection_lost",
		retryAfterMs: told.retryAfterMs,
		comeback: range?.comeback ?? "backoff",
	};
}

function parseReason(text: string): { kind: string | undefined; retryAfterMs: number } {
	try {
		const raw = JSON.parse(text) as { kind?: unknown; retry_after_ms?: unknown } | null;
		const wait = raw?.retry_after_ms;
		return {
			kind: typeof raw?.kind === "string" ? raw.kind : undefined,
			retryAfterMs: typeof wait === "number" && Number.isFinite(wait) && wait > 0 ? wait : 0,
		};
	} catch {
		return { kind: undefined, retryAfterMs: 0 };
	}
}

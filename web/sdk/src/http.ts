/* Signing in with Muster's own email and password: the one thing that comes before the WebSocket. */

import { isFields, MusterError } from "./errors";
import { defaultFetch, type HttpFetch } from "./host";
import type { User } from "./types";

export interface Credentials {
	workspace: string;
	email: string;
	password: string;
	/** The second factor, if the account has one. */
	code?: string;
}

export interface SignedIn {
	token: string;
	expires_at: string;
	user: User;
	/** The workspace asks for a second factor, and this account has none yet. */
	must_enroll?: boolean;
}

interface Problem {
	title?: unknown;
	detail?: unknown;
	kind?: unknown;
	fields?: unknown;
	retry_after_ms?: unknown;
}

/** `base` is the hub's address, such as `https://hub.example`. Fails with a MusterError. */
export async function login(
	base: string,
	credentials: Credentials,
	fetch: HttpFetch = defaultFetch(),
): Promise<SignedIn> {
	let answer: Awaited<ReturnType<HttpFetch>>;
	try {
		answer = await fetch(`${base.replace(/\/$/, "")}/v1/login`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(credentials),
		});
	} catch {
		throw new MusterError("network", "The hub could not be reached.", { temporary: true });
	}
	const body = await answer.json().catch(() => null);
	if (!answer.ok) throw problem(answer.status, body as Problem | null);
	return body as SignedIn;
}

function problem(status: number, body: Problem | null): MusterError {
	const text = [body?.detail, body?.title].find((part) => typeof part === "string");
	return new MusterError(
		typeof body?.kind === "string" ? body.kind : "internal",
		(text as string | undefined) ?? `The hub answered ${status}.`,
		{
			temporary: status === 429 || status >= 500,
			retryAfterMs: typeof body?.retry_after_ms === "number" ? body.retry_after_ms : 0,
			fields: isFields(body?.fields) ? body.fields : {},
		},
	);
}

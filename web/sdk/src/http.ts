/* What comes before the WebSocket: signing in with Muster's own email and password, and accepting an invitation. */

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

/** What the link of an invitation holds: `#/invite/<workspace>/<token>`. */
export interface InviteLink {
	workspace: string;
	token: string;
}

export interface Invitation {
	workspace: { id: string; name: string };
	email: string;
	name: string | null;
	/** Who invites; null: nobody in particular. */
	inviter: string | null;
	expires_at: string;
}

export interface Acceptance extends InviteLink {
	/** Left out: as in the invitation. */
	name?: string;
	password: string;
}

interface Problem {
	title?: unknown;
	detail?: unknown;
	kind?: unknown;
	fields?: unknown;
	retry_after_ms?: unknown;
}

/** `base` is the hub's address, such as `https://hub.example`. Fails with a MusterError. */
export function login(base: string, credentials: Credentials, fetch?: HttpFetch): Promise<SignedIn> {
	return post(base, "/v1/login", credentials, fetch);
}

/** What an invitation is for. Fails with a MusterError whose message says why it is no longer good. */
export function showInvite(base: string, link: InviteLink, fetch?: HttpFetch): Promise<Invitation> {
	return post(base, "/v1/invites/show", link, fetch);
}

/** Become a user, and be signed in. Fails as showInvite does. */
export function acceptInvite(base: string, acceptance: Acceptance, fetch?: HttpFetch): Promise<SignedIn> {
	return post(base, "/v1/invites/accept", acceptance, fetch);
}

async function post<Result>(
	base: string,
	path: string,
	params: object,
	fetch: HttpFetch = defaultFetch(),
): Promise<Result> {
	let answer: Awaited<ReturnType<HttpFetch>>;
	try {
		answer = await fetch(base.replace(/\/$/, "") + path, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(params),
		});
	} catch {
		throw new MusterError("network", "The hub could not be reached.", { temporary: true });
	}
	const body = await answer.json().catch(() => null);
	if (!answer.ok) throw problem(answer.status, body as Problem | null);
	return body as Result;
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

/* What to tell a person when something does not work: one table for errors, one for ended connections. */

import { type CloseReason, MusterError } from "muster";
import { spoken } from "./duration";
import { sentence } from "./text";

const errors: Readonly<Record<string, string>> = {
	network: "Muster can't be reached. Check your connection and try again.",
	forbidden: "You may not do that.",
	not_found: "That isn't there any more.",
	conflict: "Somebody else was first. Have another look.",
	connection_lost: "The connection broke before this was confirmed. Check whether it happened.",
	timeout: "Muster didn't answer in time. Try again.",
	closed: "There is no connection to Muster.",
	unavailable: "Muster is not available at the moment. Try again shortly.",
};

export function errorText(error: unknown): string {
	if (!(error instanceof MusterError)) return "Something went wrong in this page. Reload it and try again.";
	if (error.kind === "rate_limited")
		return `Too many attempts. Try again in ${waitText(error.retryAfterMs)}.`;
	return errors[error.kind] ?? error.message;
}

/* Kinds whose message the hub has written for the person who asked. */
const spokenByHub: ReadonlySet<string> = new Set([
	"forbidden",
	"conflict",
	"gone",
	"invalid_params",
	"seat_limit",
]);

export interface FormFault {
	/** By the name of the field at fault. */
	fields: Readonly<Record<string, string>>;
	/** What is about no field of the form. */
	error: string | null;
}

/** What is wrong with what was entered, at the fields that `has` says the form has. */
export function formFault(error: unknown, has: (field: string) => boolean): FormFault {
	if (!(error instanceof MusterError)) return { fields: {}, error: errorText(error) };
	const fields: Record<string, string> = {};
	const rest: string[] = [];
	for (const [path, text] of Object.entries(error.fields)) {
		/* "roles.2" is about the third of them, unless it is a field by itself. */
		const [first = ""] = path.split(".");
		const field = has(path) ? path : first;
		if (has(field)) fields[field] ??= fieldText(text);
		else rest.push(`${path}: ${text}.`);
	}
	if (Object.keys(error.fields).length > 0) return { fields, error: rest.join(" ") || null };
	return { fields, error: spokenByHub.has(error.kind) ? sentence(error.message) : errorText(error) };
}

/** The same in one text, for what is no form. */
export const faultText = (error: unknown): string => formFault(error, () => false).error ?? errorText(error);

/* What the hub says of a field in one word. */
const fieldWords: Readonly<Record<string, string>> = {
	taken: "This is taken already.",
	invited: "This address is invited already: send that invitation again, or revoke it.",
};

const fieldText = (text: string): string => fieldWords[text] ?? sentence(text);

const signInErrors: Readonly<Record<string, string>> = {
	unauthenticated: "Workspace, email and password don't belong together.",
	not_found: "Workspace, email and password don't belong together.",
	forbidden: "This account may not sign in.",
	invalid_params: "Check what you have entered.",
};

/** Whether the password was right, and a code is still to be given. */
export const asksForCode = (error: unknown): boolean =>
	error instanceof MusterError && (error.kind === "second_factor_required" || "code" in error.fields);

/** Null where the field says it already. */
export function signInErrorText(error: unknown): string | null {
	if (asksForCode(error)) return null;
	const own = error instanceof MusterError ? signInErrors[error.kind] : undefined;
	return own ?? errorText(error);
}

/* The hub says why a link is no longer good, and what to do. */
const inviteErrors: ReadonlySet<string> = new Set([
	"gone",
	"not_found",
	"forbidden",
	"conflict",
	"seat_limit",
]);

export function inviteErrorText(error: unknown): string {
	return error instanceof MusterError && inviteErrors.has(error.kind)
		? sentence(error.message)
		: errorText(error);
}

function waitText(ms: number): string {
	if (ms <= 0) return "a moment";
	return ms < 60_000 ? `${Math.ceil(ms / 1_000)} s` : spoken(ms + 59_999);
}

export const SIGNED_OUT_ELSEWHERE =
	"You were signed out from elsewhere: by a supervisor, or by you on another device.";
export const SIGNED_OUT_IN_ANOTHER_TAB = "You signed out in another tab.";

/* Kinds of an end after which one has to sign in again. */
const signInAgain: Readonly<Record<string, string>> = {
	token_invalid: "Your sign-in has expired. Sign in again.",
	unauthenticated: "Your sign-in has expired. Sign in again.",
	session_revoked: SIGNED_OUT_ELSEWHERE,
	user_deactivated: "This account was deactivated. Ask your administrator.",
};

const byCode: Readonly<Record<number, string>> = {
	4002: "token_invalid",
	4003: "session_revoked",
	4004: "user_deactivated",
};

/** Null if the session could go on with the same sign-in. */
export function endOfSignIn(reason: CloseReason): string | null {
	return signInAgain[byCode[reason.code] ?? reason.kind] ?? null;
}

const closed: Readonly<Record<string, string>> = {
	too_many_connections: "Too many connections",
	draining: "The server is restarting",
	overloaded: "The server is busy",
	store_unavailable: "The server can't save right now",
	slow_reader: "The connection was too slow",
	lease_lost: "The server is recovering",
	connection_lost: "The connection was lost",
	going_away: "The server went away",
};

export function closeText(reason: CloseReason): string {
	return closed[reason.kind] ?? `Disconnected: ${reason.kind.replaceAll("_", " ")}`;
}

/* The audit log as people ask for it and read it. */

import type { AuditItem } from "muster";

/** Empty where it doesn't matter. Times are those of an input, in local time. */
export interface AuditFilter {
	user: string;
	action: string;
	from: string;
	to: string;
}

export const everything: AuditFilter = { user: "", action: "", from: "", to: "" };

const instant = (local: string): string | undefined => {
	const at = new Date(local);
	return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
};

/** As the command takes it; what doesn't matter is left out. */
export function auditQuery({ user, action, from, to }: AuditFilter): Record<string, string> {
	const all = { user, action, from: from && instant(from), to: to && instant(to) };
	return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => !!entry[1]));
}

/** Whether the hub would have given it for that query. */
export function fits(item: AuditItem, query: Readonly<Record<string, string>>): boolean {
	const { user, action, from, to } = query;
	const about = user === undefined || item.user === user || item.actor.user === user;
	const named =
		action === undefined ||
		item.action === action ||
		(action.endsWith(".") && item.action.startsWith(action));
	/* RFC 3339 in UTC sorts as text. */
	return about && named && (from === undefined || item.at >= from) && (to === undefined || item.at < to);
}

export const auditKey = ({ seq, at, action }: AuditItem): string => `${at} ${seq} ${action}`;

/** The newest first, each once. */
export function merged(items: readonly AuditItem[], more: readonly AuditItem[]): AuditItem[] {
	const known = new Map([...items, ...more].map((item) => [auditKey(item), item]));
	return [...known.values()].sort((a, b) => b.at.localeCompare(a.at) || b.seq - a.seq);
}

/** Who did it. */
export function actorText({ actor }: AuditItem, nameOf: (user: string) => string): string {
	if (actor.user) return nameOf(actor.user);
	if (actor.key) return `API key ${actor.key}`;
	return actor.operator ? "Operator" : "Muster";
}

const object = (value: unknown): Readonly<Record<string, unknown>> =>
	typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

/** What it is about, if that is anything but who did it. */
export function subjectText(
	{ user, actor, before, after }: AuditItem,
	nameOf: (user: string) => string,
): string | null {
	if (user !== null && user === actor.user) return null;
	/* What is gone or only named by its id was called something before. */
	const { email, name, id } = { ...object(before), ...object(after) };
	if (user !== null) {
		const known = nameOf(user);
		return known === user && typeof name === "string" ? name : known;
	}
	const named = [email, name, id].find((text) => typeof text === "string");
	return (named as string | undefined) ?? null;
}

/** "team.member_added" as words: "team member added". */
export const actionText = (action: string): string => action.replace(/[._]/g, " ");

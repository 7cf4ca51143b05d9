/* Conversations as people sort and read them. */

import type { Conversation, ConversationReason, Presence, Priority, Strategy, Team } from "muster";

export const PRIORITIES: readonly Priority[] = ["urgent", "high", "normal", "low"];

const rank = ({ priority }: { priority: Priority }): number => PRIORITIES.indexOf(priority);

/** What it is called: one without a subject goes by its id. */
export const subjectOf = ({ id, subject }: Pick<Conversation, "id" | "subject">): string => subject || id;

/** Of how it stands, not of its status alone: an open one that nobody has waits. */
export type Stand = "offered" | "waiting" | "open" | "pending" | "snoozed" | "resolved";

export function standOf({ status, assignee, offered_to }: Conversation): Stand {
	if (status !== "open" || assignee !== null) return status;
	return offered_to === null ? "waiting" : "offered";
}

const stands: Readonly<Record<Stand, string>> = {
	offered: "Offered",
	waiting: "Waiting",
	open: "Open",
	pending: "Pending",
	snoozed: "Snoozed",
	resolved: "Resolved",
};

export const standText = (stand: Stand): string => stands[stand];

/** What giving it to somebody is called. */
export const assignWord = ({ assignee }: Conversation): string => (assignee === null ? "Assign" : "Reassign");

/* RFC 3339 in UTC sorts as text. */
const earlier = (a: string | null, b: string | null) => (a ?? "").localeCompare(b ?? "");

/** The order of a queue: what is more urgent, then what waits longer. */
export const byQueue = (a: Conversation, b: Conversation): number =>
	rank(a) - rank(b) || earlier(a.queued_at, b.queued_at) || a.id.localeCompare(b.id);

const activity = ["open", "pending", "snoozed", "resolved"];

/** What is to be done comes before what rests. */
export const byWork = (a: Conversation, b: Conversation): number =>
	activity.indexOf(a.status) - activity.indexOf(b.status) ||
	rank(a) - rank(b) ||
	earlier(a.assigned_at, b.assigned_at) ||
	a.id.localeCompare(b.id);

/** What is offered to oneself, what is over first before the rest. */
export const offersTo = (me: string, all: readonly Conversation[]): Conversation[] =>
	all
		.filter((one) => one.offered_to === me && standOf(one) === "offered")
		.sort((a, b) => earlier(a.offer_expires_at, b.offer_expires_at));

export interface Sorted {
	mine: Conversation[];
	unassigned: Conversation[];
	others: Conversation[];
}

/** All but what is offered to oneself. */
export function sorted(all: readonly Conversation[], me: string): Sorted {
	const found: Sorted = { mine: [], unassigned: [], others: [] };
	for (const one of all) {
		if (one.assignee === me) found.mine.push(one);
		else if (standOf(one) === "waiting") found.unassigned.push(one);
		else if (one.offered_to !== me) found.others.push(one);
	}
	found.mine.sort(byWork);
	found.unassigned.sort(byQueue);
	found.others.sort(byWork);
	return found;
}

/** Whether it is where one may help oneself; `teams` are those that one belongs to. */
export const inReach = ({ team }: Conversation, teams: ReadonlySet<string>): boolean =>
	team === null || teams.has(team);

export const teamsOf = (user: string, teams: readonly Team[]): ReadonlySet<string> =>
	new Set(teams.filter(({ members }) => members.includes(user)).map(({ id }) => id));

export const isFull = ({ load, capacity }: Pick<Presence, "load" | "capacity">): boolean =>
	load !== undefined && capacity !== undefined && load >= capacity;

const available = ({ base, accepting }: Presence): number =>
	base === "offline" ? 2 : Number(!(accepting ?? base === "available"));

/* Who can have none at all counts as full. */
const fill = ({ load = 0, capacity = 0 }: Presence): number => (capacity === 0 ? 1 : load / capacity);

/** Who has least in relation to their limit comes first. */
export const byFill = (a: Presence, b: Presence): number => fill(a) - fill(b);

/** Whom to give something to: who is there, then who has room, then by name. */
export const byRoom = (a: Presence, b: Presence): number =>
	available(a) - available(b) ||
	Number(isFull(a)) - Number(isFull(b)) ||
	byFill(a, b) ||
	a.name.localeCompare(b.name) ||
	a.user.localeCompare(b.user);

const strategies: Readonly<Record<Strategy, string>> = {
	manual: "By hand",
	round_robin: "Round robin",
	load_balanced: "By load",
};

/** How a queue is handed out. */
export const strategyText = (strategy: Strategy): string => strategies[strategy];

const reasons: Readonly<Record<ConversationReason, string | null>> = {
	manual: null,
	auto: null,
	taken: null,
	released: null,
	capacity: "you had no room for it",
	offline: "you were away",
	deactivated: "your account was deactivated",
	team_changed: "it is of another team now",
	declined: "it was declined",
	timeout: "the time was over",
	overflow: "it had waited too long",
	nobody: "nobody was there",
	waiting: "it had waited too long",
	passed: null,
};

/** Why a conversation was taken away, to whose it was; null where that is said by who did it. */
export const reasonText = (reason: ConversationReason | null | undefined): string | null =>
	reason ? (reasons[reason] ?? null) : null;

import { type Conversation, MusterError, type Presence, type Queue, type Team } from "muster";
import { describe, expect, it } from "vitest";
import { changedRouting, routingFields } from "../src/admin/teams/RoutingFields";
import { movedText } from "../src/conversations/MovedNotice";
import { actFault } from "../src/conversations/useActs";
import {
	byQueue,
	byRoom,
	byWork,
	inReach,
	isFull,
	offersTo,
	sorted,
	standOf,
	teamsOf,
} from "../src/lib/conversations";
import { conversationRoute, routedConversation, routeHref, routeOf } from "../src/lib/useRoute";
import { queuesOf } from "../src/queue/QueuePage";

const AT = "2026-11-21T12:00:00.000Z";
const EARLIER = "2026-11-21T11:00:00.000Z";

const conversation = (id: string, more: Partial<Conversation> = {}): Conversation => ({
	id,
	team: "t1",
	channel: null,
	subject: null,
	priority: "normal",
	labels: [],
	status: "open",
	assignee: null,
	offered_to: null,
	offer_expires_at: null,
	version: 1,
	created_at: AT,
	queued_at: AT,
	assigned_at: null,
	snoozed_until: null,
	resolved_at: null,
	passed_at: null,
	...more,
});
const ids = (list: readonly Conversation[]) => list.map(({ id }) => id);

const people: Readonly<Record<string, string>> = { u1: "Uma", u2: "Bob", u9: "Sue" };
const nameOf = (user: string) => people[user];

describe("how a conversation stands", () => {
	it.each<[string, Partial<Conversation>]>([
		["waiting", {}],
		["offered", { offered_to: "u1" }],
		["open", { assignee: "u1" }],
		["pending", { status: "pending" }],
		["snoozed", { status: "snoozed", assignee: "u1" }],
		["resolved", { status: "resolved" }],
	])("%s: %o", (stand, more) => {
		expect(standOf(conversation("c1", more))).toBe(stand);
	});
});

describe("lists", () => {
	it("hold each conversation once", () => {
		const all = [
			conversation("offer", { offered_to: "u1", offer_expires_at: AT }),
			conversation("sooner", { offered_to: "u1", offer_expires_at: EARLIER }),
			conversation("mine", { assignee: "u1" }),
			conversation("waits"),
			conversation("urgent", { priority: "urgent" }),
			conversation("theirs", { assignee: "u2" }),
			conversation("offered on", { offered_to: "u2" }),
		];
		const { mine, unassigned, others } = sorted(all, "u1");
		expect(ids(offersTo("u1", all))).toEqual(["sooner", "offer"]);
		expect(ids(mine)).toEqual(["mine"]);
		expect(ids(unassigned)).toEqual(["urgent", "waits"]);
		expect(ids(others)).toEqual(["offered on", "theirs"]);
	});

	it("are in reach in one's own teams, and in none", () => {
		const teams = new Set(["t1"]);
		expect(inReach(conversation("c1"), teams)).toBe(true);
		expect(inReach(conversation("c1", { team: null }), teams)).toBe(true);
		expect(inReach(conversation("c1", { team: "t2" }), teams)).toBe(false);
	});

	it("wait by priority, then by age, then by id", () => {
		const list = [
			conversation("b"),
			conversation("a"),
			conversation("old", { queued_at: EARLIER }),
			conversation("low", { priority: "low", queued_at: EARLIER }),
			conversation("urgent", { priority: "urgent" }),
			conversation("high", { priority: "high" }),
		];
		expect(ids(list.sort(byQueue))).toEqual(["urgent", "high", "old", "a", "b", "low"]);
	});

	it("are worked on: open before pending before snoozed", () => {
		const list = [
			conversation("snoozed", { status: "snoozed", priority: "urgent" }),
			conversation("pending", { status: "pending" }),
			conversation("later", { assigned_at: AT }),
			conversation("first", { assigned_at: EARLIER }),
			conversation("urgent", { assigned_at: AT, priority: "urgent" }),
		];
		expect(ids(list.sort(byWork))).toEqual(["urgent", "first", "later", "pending", "snoozed"]);
	});

	it("know one's own teams", () => {
		const teams: Team[] = [
			{ id: "t1", name: "A", members: ["u1", "u2"] },
			{ id: "t2", name: "B", members: ["u2"] },
		];
		expect([...teamsOf("u1", teams)]).toEqual(["t1"]);
	});
});

const person = (user: string, load: number, capacity: number, more: Partial<Presence> = {}): Presence => ({
	user,
	name: user,
	status: "available",
	base: "available",
	since: AT,
	cause: "self",
	note: null,
	until: null,
	devices: [],
	accepting: true,
	load,
	capacity,
	...more,
});

describe("whom to give it to", () => {
	it("who is there and has room comes first, in relation to the limit", () => {
		const people = [
			person("gone", 0, 5, { base: "offline", accepting: false }),
			person("busy", 0, 5, { base: "busy", accepting: false }),
			person("full", 2, 2),
			person("half", 5, 10),
			person("third", 1, 3),
			person("none", 0, 0),
		];
		expect(people.sort(byRoom).map(({ user }) => user)).toEqual([
			"third",
			"half",
			"full",
			"none",
			"busy",
			"gone",
		]);
	});

	it("who may have none is full, of whom nothing is known is not", () => {
		expect(isFull({ load: 0, capacity: 0 })).toBe(true);
		expect(isFull({ load: 4, capacity: 5 })).toBe(false);
		expect(isFull({})).toBe(false);
	});
});

describe("C9 what went wrong", () => {
	const held = conversation("c1", { version: 3 });
	const conflict = (present: Partial<Conversation>) =>
		new MusterError("conflict", "somebody else was first", { present: { ...held, ...present } });

	it.each<[Partial<Conversation>, string]>([
		[{ version: 4, assignee: "u2" }, "Bob was faster and has it now."],
		[{ version: 4, offered_to: "u2" }, "It was just offered to Bob."],
		[{ version: 4, status: "resolved" }, "It was resolved meanwhile."],
		[{ version: 4, team: "t2" }, "It has changed meanwhile. Have another look."],
		[{}, "Somebody else was first."],
	])("is told by what is there now: %o", (present, text) => {
		expect(actFault(conflict(present), held, nameOf)).toBe(text);
	});

	it("is told of what can't be seen any more, and by the hub's words otherwise", () => {
		expect(actFault(new MusterError("not_found", "no"), held, nameOf)).toContain("isn't yours to see");
		expect(actFault(new MusterError("forbidden", "you may not take it"), held, nameOf)).toBe(
			"You may not take it.",
		);
	});
});

describe("what others did to one's conversations", () => {
	const move = (type: string, more: object) => ({
		type: `conversation.${type}`,
		data: { conversation: "c1", version: 2, ...more },
	});
	const told = (type: string, more: object) => movedText(move(type, more), "u1", "Refund", nameOf);

	it("is told to who got it", () => {
		expect(told("reassigned", { from: "u2", to: "u1", by: "u9" })).toEqual({
			title: "Sue gave you a conversation",
			text: "Refund",
		});
		expect(told("assigned", { to: "u1", reason: "auto" })?.title).toBe("A conversation is yours now");
	});

	it("is told to who lost it, with the reason", () => {
		expect(told("reassigned", { from: "u1", to: "u2", by: "u9", reason: "manual" })).toEqual({
			title: "“Refund” isn't yours any more",
			text: "Sue gave it to Bob.",
		});
		expect(told("unassigned", { from: "u1", reason: "offline" })?.text).toBe("You were away.");
		expect(told("unassigned", { from: "u1", by: "u9", reason: "manual" })?.text).toBe("Sue took it back.");
	});

	it("names nobody who is not to be seen", () => {
		expect(told("assigned", { to: "u1", by: "u7" })?.title).toBe("A supervisor gave you a conversation");
		expect(told("reassigned", { from: "u1", to: "u8", by: "u7" })?.text).toBe(
			"A supervisor gave it to somebody else.",
		);
	});

	it("is not told of what one did oneself, nor of what concerns others", () => {
		expect(told("assigned", { to: "u1", by: "u1", reason: "taken" })).toBeNull();
		expect(told("reassigned", { from: "u2", to: "u9", by: "u9" })).toBeNull();
		expect(told("reassigned", { from: "u1", to: "u1", by: "u9", reason: "team_changed" })).toBeNull();
		expect(told("updated", { to: "u1" })).toBeNull();
	});
});

describe("addresses", () => {
	it("name a conversation, whatever its id is made of", () => {
		const route = conversationRoute("a/b c#%");
		expect(routedConversation(routeOf(routeHref(route)))).toBe("a/b c#%");
	});

	it("of nothing that there is lead to one's own page", () => {
		expect(routeOf("#/nowhere")).toBe("me");
		expect(routeOf("#/queue")).toBe("queue");
		expect(routedConversation(routeOf("#/conversations"))).toBeNull();
		expect(routedConversation(routeOf("#/conversations/%"))).toBeNull();
	});
});

describe("queues", () => {
	it("are there for each team, and for none only if something waits in it", () => {
		const queue = (id: string, waiting: number): Queue => ({
			id,
			team: id || null,
			waiting,
			oldest: null,
			passed: 0,
			items: [],
		});
		const teams: Team[] = [
			{ id: "t2", name: "Zeta", members: [] },
			{ id: "t1", name: "Alpha", members: [] },
		];
		const shown = (queues: Queue[]) => queuesOf(queues, teams).map(({ id, waiting }) => [id, waiting]);
		expect(shown([queue("", 0), queue("t2", 3)])).toEqual([
			["t1", 0],
			["t2", 3],
		]);
		expect(shown([queue("", 1)]).at(-1)).toEqual(["", 1]);
	});
});

describe("a team's routing", () => {
	const filled = (more: Record<string, string> = {}) => {
		const data = new FormData();
		const given = { strategy: "round_robin", "settings.offer_ms": "30", "settings.requeue_ms": "", ...more };
		for (const [name, value] of Object.entries(given)) data.set(name, value);
		return routingFields(data);
	};
	const settings = {
		offer_ms: 30_000,
		requeue_ms: null,
		overflow_ms: 0,
		overflow_nobody: false,
		overflow_team: null,
	};

	it("is entered in seconds and minutes, and empty for never", () => {
		expect(filled()).toEqual({ strategy: "round_robin", settings });
		const more = {
			"settings.requeue_ms": "1.5",
			"settings.overflow_nobody": "on",
			"settings.overflow_team": "t2",
		};
		expect(filled(more).settings).toEqual({
			...settings,
			requeue_ms: 90_000,
			overflow_nobody: true,
			overflow_team: "t2",
		});
	});

	it("is sent only if it is another", () => {
		const team: Team = { id: "t1", name: "A", members: [], strategy: "round_robin", settings };
		expect(changedRouting(team, filled())).toEqual({});
		expect(changedRouting(team, filled({ strategy: "manual" }))).toEqual({ strategy: "manual" });
		expect(changedRouting(team, filled({ "settings.offer_ms": "" }))).toEqual({
			settings: { ...settings, offer_ms: 0 },
		});
	});
});

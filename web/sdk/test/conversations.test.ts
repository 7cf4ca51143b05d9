import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
	type Conversation,
	type ConversationMove,
	conversationAfter,
	conversationList,
	liveList,
	type Queue,
	queueList,
	type ServerEvent,
	watchViewers,
} from "../src/index";
import { FakeHub } from "./fake-hub";

const AT = "2026-11-21T12:00:00.000Z";

const conversation = (id: string, more: Partial<Conversation> = {}): Conversation => ({
	id,
	team: "t1",
	channel: null,
	subject: `About ${id}`,
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

/** The event that leads to this record; without it, as who may not see it any more hears it. */
function move(type: string, record: Conversation, full = true): ServerEvent<ConversationMove> {
	const { id, team, version } = record;
	const data = { conversation: id, from: null, to: null, team, reason: null, by: null, version };
	return { type: `conversation.${type}`, data: full ? { ...data, record } : data };
}

const listOf = (...items: Conversation[]) => new Map(items.map((item) => [item.id, item]));

describe("what an event makes of the list", () => {
	it("puts in, changes, and takes out what is resolved", () => {
		const list = listOf();
		conversationList.apply(list, move("created", conversation("c1")), "u1");
		expect(list.get("c1")?.version).toBe(1);
		conversationList.apply(list, move("assigned", conversation("c1", { version: 2, assignee: "u1" })), "u1");
		expect(list.get("c1")?.assignee).toBe("u1");
		conversationList.apply(
			list,
			move("resolved", conversation("c1", { version: 3, status: "resolved" })),
			"u1",
		);
		expect(list.size).toBe(0);
		conversationList.apply(list, move("reopened", conversation("c1", { version: 4 })), "u1");
		expect(list.get("c1")?.version).toBe(4);
	});

	it("leaves alone what is newer already", () => {
		const list = listOf(conversation("c1", { version: 5 }));
		conversationList.apply(list, move("updated", conversation("c1", { version: 5, subject: "old" })), "u1");
		conversationList.apply(list, move("reassigned", conversation("c1", { version: 4 }), false), "u1");
		expect(list.get("c1")).toEqual(conversation("c1", { version: 5 }));
	});

	it("takes the brief form for a goodbye", () => {
		const list = listOf(conversation("c1"), conversation("c2"));
		conversationList.apply(list, move("reassigned", conversation("c1", { version: 2 }), false), "u1");
		expect([...list.keys()]).toEqual(["c2"]);
	});

	it.each([
		["permissions.changed", { user: "u1", permissions: [] }, false],
		["permissions.changed", { user: "u2", permissions: [] }, true],
		["team.member_added", { user: "u1", team: "t1" }, false],
		["team.member_removed", { user: "u1", team: "t1" }, false],
		["team.member_removed", { user: "u2", team: "t1" }, true],
		["conversation.viewers", { conversation: "c1", viewers: [] }, true],
		["team.created", { id: "t9" }, true],
	])("%s %o can be followed: %s", (type, data, followed) => {
		const list = listOf(conversation("c1"));
		expect(conversationList.apply(list, { type, data }, "u1")).toBe(followed);
		expect([...list.keys()]).toEqual(["c1"]);
	});
});

describe("one conversation", () => {
	it("follows its own events alone, also beyond its end", () => {
		let held: Conversation | null = conversation("c1");
		held = conversationAfter(held, move("updated", conversation("c2", { version: 9 })), "c1");
		expect(held?.version).toBe(1);
		held = conversationAfter(
			held,
			move("resolved", conversation("c1", { version: 2, status: "resolved" })),
			"c1",
		);
		expect(held?.status).toBe("resolved");
		held = conversationAfter(held, move("removed", conversation("c1", { version: 3 })), "c1");
		expect(held).toBeNull();
		held = conversationAfter(held, move("created", conversation("c1")), "c1");
		expect(held?.version).toBe(1);
		expect(
			conversationAfter(held, move("reassigned", conversation("c1", { version: 2 }), false), "c1"),
		).toBeNull();
	});
});

/** Numbers from 0 to 1 that are the same at each run (mulberry32). */
function numbers(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/* What the hub does, as far as the list goes: conversations that move about, and who may see what of it. */
class SmallHub {
	readonly all = new Map<string, Conversation>();
	readonly #random: () => number;
	readonly #sees: (one: Conversation) => boolean;

	constructor(random: () => number, sees: (one: Conversation) => boolean) {
		this.#random = random;
		this.#sees = sees;
	}

	#one<Value>(...of: Value[]): Value {
		return of[Math.floor(this.#random() * of.length)] as Value;
	}

	/** The next event as the one who looks hears it; null: not at all. */
	next(): ServerEvent | null {
		const id = `c${Math.floor(this.#random() * 12)}`;
		const before = this.all.get(id);
		if (before?.status === "resolved" && this.#random() < 0.2) {
			this.all.delete(id);
			return this.#sees(before) ? move("removed", { ...before, version: before.version + 1 }, false) : null;
		}
		const after = conversation(id, {
			version: (before?.version ?? 0) + 1,
			status: this.#one("open", "open", "pending", "snoozed", "resolved"),
			team: this.#one(null, "t1", "t2"),
			assignee: this.#one(null, "u1", "u2"),
			offered_to: this.#one(null, null, "u1"),
		});
		this.all.set(id, after);
		if (this.#sees(after)) return move("updated", after);
		return before && this.#sees(before) ? move("updated", after, false) : null;
	}

	fresh(): Conversation[] {
		return [...this.all.values()].filter((one) => one.status !== "resolved" && this.#sees(one));
	}
}

const viewers: ReadonlyArray<[string, (one: Conversation) => boolean]> = [
	["everything", () => true],
	["one's own", ({ assignee, offered_to }) => assignee === "u1" || offered_to === "u1"],
	[
		"one's own and what is nobody's",
		({ assignee, offered_to }) => assignee === "u1" || offered_to === "u1" || assignee === null,
	],
	["one's team's", ({ team }) => team === "t1"],
];

describe("I6 an old list and the events after it are a fresh list", () => {
	it.each(viewers)("for who sees %s", (_, sees) => {
		for (let seed = 1; seed <= 40; seed++) {
			const hub = new SmallHub(numbers(seed), sees);
			const events = Array.from({ length: 60 }, () => hub.next());
			/* What an answer shows already may come again as events behind it. */
			const list = listOf(...hub.fresh());
			const known = new Map(list);
			for (const event of events.slice(-10)) if (event) conversationList.apply(list, event, "u1");
			for (const [id, one] of known) expect(list.get(id)).toEqual(one);
			for (let n = 0; n < 80; n++) {
				const event = hub.next();
				if (event) conversationList.apply(list, event, "u1");
			}
			const byId = (a: Conversation, b: Conversation) => a.id.localeCompare(b.id);
			expect([...list.values()].sort(byId)).toEqual(hub.fresh().sort(byId));
		}
	});
});

let hub: FakeHub;
let seq = 10;
beforeEach(() => {
	vi.useFakeTimers();
	hub = new FakeHub();
	seq = 10;
});
afterEach(() => {
	vi.useRealTimers();
});

const tell = ({ type, data }: ServerEvent) => {
	seq++;
	hub.socket.event(type, data, { seq, cursor: `acme:0:${seq}`, at: AT });
};
const settle = () => vi.advanceTimersByTimeAsync(30);
const page = (items: unknown[], next: string | null = null) => ({ items, next });

/** Answers all that is asked for, one status after the other. */
async function answerList(items: readonly Conversation[]) {
	for (const status of ["open", "pending", "snoozed"]) {
		expect(hub.socket.last("conversation.list").params).toEqual({ status, limit: 500 });
		hub.socket.answer("conversation.list", page(items.filter((one) => one.status === status)));
		await settle();
	}
}

describe("the list on a connection", () => {
	it("is asked for by status, and one that moves on meanwhile is neither lost nor old", async () => {
		const list = liveList(hub.live(), conversationList);
		list.subscribe(() => {});
		hub.socket.answer("conversation.list", page([conversation("c1")]));
		await settle();
		tell(move("updated", conversation("c1", { version: 2, status: "pending" })));
		tell(move("reopened", conversation("c2", { version: 3 })));
		hub.socket.answer("conversation.list", page([]));
		await settle();
		hub.socket.answer("conversation.list", page([]));
		await settle();
		expect(list.getSnapshot().items?.map(({ id, status }) => [id, status])).toEqual([
			["c1", "pending"],
			["c2", "open"],
		]);
	});

	it("is taken anew when one's own rights or teams change", async () => {
		const list = liveList(hub.live(), conversationList);
		list.subscribe(() => {});
		await answerList([conversation("c1"), conversation("c2", { status: "snoozed" })]);
		expect(list.getSnapshot().items).toHaveLength(2);
		tell({ type: "permissions.changed", data: { user: "u1", permissions: ["conversations.view:own"] } });
		await answerList([]);
		expect(list.getSnapshot().items).toEqual([]);
		tell({ type: "team.member_added", data: { user: "u1", team: "t2" } });
		await answerList([conversation("c3", { team: "t2" })]);
		expect(list.getSnapshot().items).toHaveLength(1);
	});
});

const row = (id: string, team: string | null, position: number, passed_at: string | null = null) => ({
	conversation: id,
	team,
	position,
	priority: "normal",
	channel: null,
	queued_at: AT,
	passed_at,
	waiting_ms: 1_000,
});

describe("queues", () => {
	it("are put together from the rows, and replaced one by one", async () => {
		const list = liveList(hub.live(), queueList);
		list.subscribe(() => {});
		const queue = (id: string): Queue | undefined => list.getSnapshot().items?.find((one) => one.id === id);
		hub.socket.answer("queue.list", page([row("c1", "t1", 1, AT), row("c2", "t1", 2)], "c2"));
		await settle();
		expect(hub.socket.last("queue.list").params).toEqual({ limit: 500, after: "c2" });
		hub.socket.answer("queue.list", page([row("c3", null, 1)]));
		await settle();
		expect(queue("t1")).toMatchObject({ team: "t1", waiting: 2, oldest: AT, passed: 1 });
		expect(queue("")).toMatchObject({ team: null, waiting: 1 });

		const change = { team: "t1", waiting: 0, oldest: null, passed: 0, items: [] };
		hub.socket.event("queue.changed", change);
		await settle();
		expect(queue("t1")).toEqual({ ...change, id: "t1" });
		expect(queue("")?.items.map((item) => item.conversation)).toEqual(["c3"]);
		tell({ type: "team.deleted", data: { id: "t1" } });
		await settle();
		expect(queue("t1")).toBeUndefined();
	});

	it("are taken anew with each session, for nothing of them is told again", async () => {
		const list = liveList(hub.live(), queueList);
		list.subscribe(() => {});
		hub.socket.answer("queue.list", page([row("c1", "t1", 1)]));
		await settle();
		hub.socket.end(4200);
		await settle();
		hub.socket.open({ resumed: true });
		hub.socket.answer("queue.list", page([]));
		await settle();
		expect(list.getSnapshot().items).toEqual([]);
	});
});

describe("what was left out for who is slow to read", () => {
	it("is taken anew: queues, while they are under way as well, and who looks", async () => {
		const client = hub.live();
		const list = liveList(client, queueList);
		list.subscribe(() => {});
		hub.socket.answer("queue.list", page([row("c1", "t1", 1)], "c1"));
		await settle();
		hub.socket.event("session.skipped", {});
		expect(hub.socket.last("queue.list").params).toEqual({ limit: 500 });
		hub.socket.answer("queue.list", page([row("c2", "t1", 1)]));
		await settle();
		expect(list.getSnapshot().items?.map(({ waiting }) => waiting)).toEqual([1]);

		const changed = vi.fn();
		const stop = watchViewers(client, "c1", changed);
		hub.socket.answer("conversation.viewing", { viewers: [] });
		await settle();
		hub.socket.event("session.skipped", {});
		const viewers = [{ user: "u2", name: "Bob", typing: true }];
		hub.socket.answer("conversation.viewing", { viewers });
		await settle();
		expect(changed.mock.calls).toEqual([[viewers]]);
		stop();
	});

	it("concerns nothing that the log keeps", async () => {
		const list = liveList(hub.live(), conversationList);
		list.subscribe(() => {});
		await answerList([conversation("c1")]);
		const asked = hub.socket.calls("conversation.list").length;
		hub.socket.event("session.skipped", {});
		await settle();
		expect(hub.socket.calls("conversation.list")).toHaveLength(asked);
	});
});

describe("C10 who looks at a conversation", () => {
	it("is said and heard while one looks, and again after a break", async () => {
		const client = hub.live();
		const changed = vi.fn();
		const stop = watchViewers(client, "c1", changed);
		expect(hub.socket.last("conversation.viewing").params).toEqual({ id: "c1", on: true });
		const bob = { user: "u2", name: "Bob", typing: false };
		hub.socket.event("conversation.viewers", { conversation: "c1", viewers: [bob] });
		hub.socket.event("conversation.viewers", { conversation: "c2", viewers: [] });
		expect(changed.mock.calls).toEqual([[[bob]]]);

		hub.socket.end(4200);
		expect(changed).toHaveBeenLastCalledWith([]);
		await settle();
		hub.socket.open({ resumed: true });
		await settle();
		expect(hub.socket.calls("conversation.viewing")).toHaveLength(1);
		stop();
		expect(hub.socket.last("conversation.viewing").params).toEqual({ id: "c1", on: false });
		hub.socket.event("conversation.viewers", { conversation: "c1", viewers: [bob] });
		expect(changed).toHaveBeenCalledTimes(2);
	});

	it("is told at once to who comes, and who types from then on", async () => {
		const client = hub.live();
		const changed = vi.fn();
		const stop = watchViewers(client, "c1", changed);
		const bob = { user: "u2", name: "Bob", typing: false };
		hub.socket.answer("conversation.viewing", { viewers: [bob] });
		await settle();
		expect(changed).toHaveBeenLastCalledWith([bob]);

		hub.socket.event("conversation.typing", { conversation: "c1", user: "u2", on: true });
		expect(changed).toHaveBeenLastCalledWith([{ ...bob, typing: true }]);
		hub.socket.event("conversation.typing", { conversation: "c2", user: "u2", on: false });
		hub.socket.event("conversation.typing", { conversation: "c1", user: "u3", on: true });
		expect(changed).toHaveBeenCalledTimes(2);
		stop();
	});

	it("ends before the answer is there", async () => {
		const changed = vi.fn();
		const stop = watchViewers(hub.live(), "c1", changed);
		const { id } = hub.socket.last("conversation.viewing");
		stop();
		const viewers = [{ user: "u2", name: "Bob", typing: false }];
		hub.socket.message({ jsonrpc: "2.0", id, result: { viewers } });
		await settle();
		expect(changed).not.toHaveBeenCalled();
	});
});

describe("a conflict", () => {
	it("says what is there now", async () => {
		const call = hub.live().call("conversation.take", { id: "c1" });
		const present = conversation("c1", { assignee: "u2", version: 2 });
		hub.socket.refuse("conversation.take", {
			code: 1009,
			message: "no",
			data: { kind: "conflict", present },
		});
		await expect(call).rejects.toMatchObject({ kind: "conflict", present });
	});
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
	inviteList,
	type ListKind,
	liveList,
	type MusterClient,
	roleList,
	teamList,
	userList,
} from "../src/index";
import { FakeHub } from "./fake-hub";

let hub: FakeHub;
beforeEach(() => {
	vi.useFakeTimers();
	hub = new FakeHub();
});
afterEach(() => {
	vi.useRealTimers();
});

const AT = "2026-11-21T12:00:00.000Z";

let seq = 10;
beforeEach(() => {
	seq = 10;
});
const tell = (type: string, data: object) => {
	seq++;
	hub.socket.event(type, data, { seq, cursor: `acme:0:${seq}`, at: AT });
};

/** Lets answers arrive and changes be told. */
const settle = () => vi.advanceTimersByTimeAsync(30);

const settings = {
	offer_ms: 0,
	requeue_ms: null,
	overflow_ms: 0,
	overflow_nobody: false,
	overflow_team: null,
};
const team = (id: string, name: string, members: string[] = []) => ({
	id,
	name,
	lead: null,
	members,
	strategy: "manual",
	settings,
});

function look<Item extends { id: string }>(client: MusterClient, kind: ListKind<Item>) {
	const list = liveList(client, kind);
	const changed = vi.fn();
	const leave = list.subscribe(changed);
	return { view: () => list.getSnapshot(), items: () => list.getSnapshot().items, changed, leave };
}

describe("a live list", () => {
	it("is taken page by page, and known when the last is there", async () => {
		const { items, changed } = look(hub.live(), teamList);
		expect(hub.socket.last("team.list").params).toEqual({});
		hub.socket.answer("team.list", { items: [team("a", "A")], next: "a" });
		await settle();
		expect(items()).toBeNull();
		expect(hub.socket.last("team.list").params).toEqual({ after: "a" });
		hub.socket.answer("team.list", { items: [team("b", "B")], next: null });
		await settle();
		expect(items()?.map(({ id }) => id)).toEqual(["a", "b"]);
		expect(changed).toHaveBeenCalledOnce();
	});

	it("lets events that came meanwhile follow the pages", async () => {
		const { items } = look(hub.live(), teamList);
		hub.socket.answer("team.list", { items: [team("a", "A"), team("b", "B")], next: "b" });
		await settle();
		tell("team.updated", { id: "a", name: "Renamed" });
		tell("team.deleted", { id: "b" });
		tell("team.created", { id: "c", name: "C" });
		hub.socket.answer("team.list", { items: [team("c", "C")], next: null });
		await settle();
		expect(items()).toEqual([team("a", "Renamed"), team("c", "C")]);
	});

	it("tells many changes as one, and gives the same view until then", async () => {
		const { view, items, changed } = look(hub.live(), teamList);
		hub.socket.answer("team.list", { items: [], next: null });
		await settle();
		const before = view();
		changed.mockClear();
		for (let n = 0; n < 500; n++) tell("team.created", { id: `t${n}`, name: `Team ${n}` });
		expect(view()).toBe(before);
		await settle();
		expect(items()).toHaveLength(500);
		expect(changed).toHaveBeenCalledOnce();
	});

	it("is taken anew when an event is about something that it doesn't have", async () => {
		const { items } = look(hub.live(), teamList);
		hub.socket.answer("team.list", { items: [team("a", "A")], next: null });
		await settle();
		tell("team.member_added", { user: "u1", team: "b" });
		expect(items()).toEqual([team("a", "A")]);
		expect(hub.socket.calls("team.list")).toHaveLength(2);
		hub.socket.answer("team.list", { items: [team("a", "A"), team("b", "B", ["u1"])], next: null });
		await settle();
		expect(items()).toHaveLength(2);
	});

	it("is taken anew after a resync, and goes on as it is after a resume", async () => {
		const { items } = look(hub.live(), teamList);
		hub.socket.answer("team.list", { items: [team("a", "A")], next: null });
		await settle();
		hub.socket.end(4200);
		await settle();
		hub.socket.open({ resumed: true });
		await settle();
		expect(hub.socket.calls("team.list")).toEqual([]);
		hub.socket.end(4203);
		await vi.advanceTimersByTimeAsync(30_000);
		hub.socket.open({ resumed: false });
		expect(items()).toEqual([team("a", "A")]);
		hub.socket.answer("team.list", { items: [team("z", "Z")], next: null });
		await settle();
		expect(items()).toEqual([team("z", "Z")]);
	});

	it("tells why it can't be had, and tries again with the next connection", async () => {
		const { view } = look(hub.live(), teamList);
		hub.socket.end(4200);
		await settle();
		expect(view()).toMatchObject({ items: null, error: { kind: "connection_lost" } });
		hub.socket.open({ resumed: true });
		hub.socket.answer("team.list", { items: [team("a", "A")], next: null });
		await settle();
		expect(view()).toEqual({ items: [team("a", "A")], error: null });
	});

	it("is shared by all who look, and let go of when the last has left", async () => {
		const client = hub.live();
		const first = look(client, teamList);
		const second = look(client, teamList);
		expect(hub.socket.calls("team.list")).toHaveLength(1);
		hub.socket.answer("team.list", { items: [], next: null });
		await settle();
		first.leave();
		tell("team.created", { id: "a", name: "A" });
		await settle();
		expect(second.items()).toHaveLength(1);
		second.leave();
		expect(second.items()).toBeNull();
		tell("team.created", { id: "b", name: "B" });
		look(client, teamList);
		expect(hub.socket.calls("team.list")).toHaveLength(2);
	});
});

/** What the events make of a list that begins like this. */
async function after<Item extends { id: string }>(
	kind: ListKind<Item>,
	items: object[],
	events: ReadonlyArray<[string, object]>,
) {
	const list = look(hub.live(), kind);
	hub.socket.answer(kind.method, { items, next: null });
	await settle();
	for (const [type, data] of events) tell(type, data);
	await settle();
	expect(hub.socket.calls(kind.method)).toHaveLength(1);
	return list.items();
}

const account = {
	id: "u1",
	name: "Uma",
	email: "uma@acme.test",
	phone: null,
	roles: ["agent"],
	teams: ["t1"],
	capacity: 5,
	state: "active",
	owner: false,
	created_at: AT,
};
const { id: _, state, owner, created_at, teams, ...given } = account;

describe("people", () => {
	it("come with what they were made with, and their teams by events of their own", async () => {
		const people = await after(
			userList,
			[],
			[
				["user.created", { user: "u1", ...given }],
				["team.member_added", { user: "u1", team: "t1" }],
			],
		);
		expect(people).toEqual([account]);
	});

	it.each<[string, object, object]>([
		["user.updated", { phone: "+44 1", capacity: 0 }, { phone: "+44 1", capacity: 0 }],
		["user.deactivated", {}, { state: "deactivated" }],
		["role.assigned", { roles: ["agent", "lead"] }, { roles: ["agent", "lead"] }],
		["team.member_added", { team: "t2" }, { teams: ["t1", "t2"] }],
		["team.member_added", { team: "t1" }, { teams: ["t1"] }],
		["team.member_removed", { team: "t1" }, { teams: [] }],
	])("%s changes one of them", async (type, data, changed) => {
		const people = await after(
			userList,
			[account, { ...account, id: "u2" }],
			[[type, { user: "u1", ...data }]],
		);
		expect(people).toEqual([
			{ ...account, ...changed },
			{ ...account, id: "u2" },
		]);
	});

	it("come back, and go for good", async () => {
		const gone = { ...account, state: "deactivated" };
		expect(await after(userList, [gone], [["user.reactivated", { user: "u1" }]])).toEqual([account]);
		hub = new FakeHub();
		expect(await after(userList, [gone], [["user.removed", { user: "u1" }]])).toEqual([]);
	});

	it("leave a team that is deleted", async () => {
		const people = await after(userList, [account], [["team.deleted", { id: "t1" }]]);
		expect(people).toEqual([{ ...account, teams: [] }]);
	});

	it("have one owner at each moment", async () => {
		const people = await after(
			userList,
			[
				{ ...account, owner: true },
				{ ...account, id: "u2" },
			],
			[["owner.transferred", { from: "u1", to: "u2" }]],
		);
		expect(people?.map((one) => one.owner)).toEqual([false, true]);
	});
});

describe("teams, roles and invitations", () => {
	it("a person who is removed is in no team and leads none", async () => {
		const items = [{ ...team("a", "A", ["u1", "u2"]), lead: "u1" }, team("b", "B", ["u2"])];
		const list = await after(teamList, items, [["user.removed", { user: "u1" }]]);
		expect(list).toEqual([team("a", "A", ["u2"]), team("b", "B", ["u2"])]);
	});

	it("a team's way to hand out is as it was said last, and leads to no team that is gone", async () => {
		const onward = { ...settings, offer_ms: 9, overflow_team: "b" };
		const list = await after(
			teamList,
			[{ ...team("a", "A"), settings: onward }, team("b", "B"), team("c", "C")],
			[
				["team.updated", { id: "c", strategy: "round_robin", settings: onward }],
				["team.deleted", { id: "b" }],
				["team.created", { id: "d", name: "D", strategy: "load_balanced", settings: null }],
				["team.updated", { id: "a", settings: null }],
			],
		);
		expect(list).toEqual([
			team("a", "A"),
			{ ...team("c", "C"), strategy: "round_robin", settings: { ...onward, overflow_team: null } },
			{ ...team("d", "D"), strategy: "load_balanced" },
		]);
	});

	it("roles come, change and go", async () => {
		const role = { id: "r1", name: "Night desk", description: "x", permissions: ["presence.self"] };
		const list = await after(
			roleList,
			[role, { ...role, id: "r2" }],
			[
				["role.created", { id: "r3", name: "New", permissions: [] }],
				["role.updated", { id: "r1", name: "Nights", permissions: ["audit.view"] }],
				["role.deleted", { id: "r2" }],
			],
		);
		expect(list).toEqual([
			{ ...role, name: "Nights", permissions: ["audit.view"] },
			{ id: "r3", name: "New", description: null, permissions: [] },
		]);
	});

	it("an invitation goes through its states", async () => {
		const made = { id: "i1", email: "new@acme.test", roles: ["agent"], teams: [], expires_at: "t1" };
		const list = await after(
			inviteList,
			[],
			[
				["invite.created", made],
				["invite.expired", { id: "i1" }],
				["invite.resent", { id: "i1", expires_at: "t2" }],
				["invite.accepted", { id: "i1", user: "u9" }],
				["invite.created", { ...made, id: "i2" }],
				["invite.revoked", { id: "i2" }],
			],
		);
		expect(list).toMatchObject([
			{ id: "i1", state: "accepted", expires_at: "t2", user: "u9", created_at: AT },
			{ id: "i2", state: "revoked" },
		]);
	});
});

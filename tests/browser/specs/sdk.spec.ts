/* The SDK in Node against the hub: resume, gaps in presence, calls over a break. */

import { expect } from "@playwright/test";
import type { ServerEvent } from "muster";
import type { Hub } from "../support/hub";
import { type Client, type ClientOptions, connect, loadSdk, lossySocket } from "../support/sdk";
import { test as base } from "../support/test";

/* Clients that end with the test. */
const test = base.extend<{ join: (user: string, options?: ClientOptions) => Promise<Client> }>({
	join: async ({ hub }, use) => {
		const clients: Client[] = [];
		await use(async (user, options) => {
			const client = await connect(hub, user, options);
			clients.push(client);
			await client.ready();
			return client;
		});
		for (const client of clients) client.close();
	},
});

const publish = (hub: Hub, n: number) =>
	hub.api("POST", "/v1/events", {
		type: "x.count",
		audience: { everyone: true },
		data: { n },
		durable: true,
	});

/** The numbers that are published from now on, as they arrive. */
function counted(client: Client): number[] {
	const numbers: number[] = [];
	client.on("x.count", ({ data }: ServerEvent) => numbers.push((data as { n: number }).n));
	return numbers;
}

function heard(client: Client, name: "resync" | "presence.diff"): unknown[] {
	const values: unknown[] = [];
	client.on(name, (value) => values.push(value));
	return values;
}

const phase = (client: Client) => () => client.connection.phase;
const statusOf = (client: Client, user: string) => () => client.presence.get(user)?.status;

test("F3 nothing is missed and nothing comes twice over kill -9 and a restart", async ({ hub, join }) => {
	const ann = await join("ann");
	const numbers = counted(ann);
	const resyncs = heard(ann, "resync");
	await publish(hub, 1);
	await expect.poll(() => numbers).toEqual([1]);

	await hub.kill();
	await expect.poll(phase(ann)).toBe("reconnecting");
	await hub.start();
	for (const n of [2, 3, 4]) await publish(hub, n);
	await expect.poll(phase(ann)).toBe("live");
	await publish(hub, 5);
	await expect.poll(() => numbers).toEqual([1, 2, 3, 4, 5]);
	expect(resyncs).toEqual([]);
});

test("F3 a later client goes on where an earlier one ended", async ({ hub, join }) => {
	const before = await join("ann");
	const seen = counted(before);
	await publish(hub, 1);
	await expect.poll(() => seen).toEqual([1]);
	const { cursor } = before;
	expect(cursor).toMatch(/^acme:/);
	before.close();

	for (const n of [2, 3]) await publish(hub, n);
	const after = await connect(hub, "ann", { cursor: String(cursor) });
	const missed = counted(after);
	await after.ready();
	await publish(hub, 4);
	await expect.poll(() => missed).toEqual([2, 3, 4]);
	after.close();
});

test("F3 a cursor that nobody knows is answered with a resync, not with a part", async ({ hub }) => {
	const ann = await connect(hub, "ann", { cursor: "acme:0:999999999" });
	const resyncs = heard(ann, "resync");
	await ann.ready();
	await expect.poll(() => resyncs.length).toBe(1);
	ann.close();
});

test("B10 a lost difference is noticed and healed by one fresh snapshot", async ({ hub, join }) => {
	let lossy = false;
	const lost: string[] = [];
	const socket = lossySocket(
		(message) => lossy && message.includes('"presence.diff"') && lost.push(message) > 0,
	);
	const bob = await join("bob", { WebSocket: socket });
	const ann = await join("ann");
	await expect.poll(statusOf(bob, "ann")).toBe("available");

	lossy = true;
	await ann.call("presence.set", { status: "busy" });
	await expect.poll(() => lost.length).toBe(1);
	lossy = false;
	expect(statusOf(bob, "ann")()).toBe("available");

	/* A difference about somebody else shows that there was one before it. */
	await bob.call("presence.set", { status: "away" });
	await expect.poll(statusOf(bob, "ann")).toBe("busy");
	await expect.poll(statusOf(bob, "bob")).toBe("away");
	const truth = await hub.api<{ users: Array<{ user: string; status: string }> }>("GET", "/v1/presence");
	for (const { user, status } of truth.users)
		if (bob.presence.get(user)) expect(statusOf(bob, user)()).toBe(status);
});

test("a call under way when the hub is killed: lost, or carried out once when it is back", async ({
	hub,
	join,
}) => {
	const ann = await join("ann");
	hub.freeze(true);
	const plain = ann.call("presence.set", { status: "away" });
	const lost = expect(plain).rejects.toMatchObject({ kind: "connection_lost" });
	const again = ann.call("presence.set", { status: "busy" }, { idempotent: true });
	await hub.kill();
	await lost;
	await hub.start();
	expect(await again).toMatchObject({ user: "ann", status: "busy" });
	await expect.poll(statusOf(ann, "ann")).toBe("busy");
});

test("a client follows whom it asks for, also after a break", async ({ hub, join }) => {
	const sue = await join("sue");
	await join("ann");
	await join("cat");
	await expect.poll(statusOf(sue, "cat")).toBe("available");
	await sue.watch({ team: "support" });
	expect(sue.presence.get("cat")).toBeUndefined();
	expect(statusOf(sue, "ann")()).toBe("available");

	await hub.kill();
	await expect.poll(phase(sue)).toBe("reconnecting");
	await hub.start();
	await expect.poll(phase(sue)).toBe("live");
	await expect.poll(statusOf(sue, "ann")).toBe("available");
	expect(sue.presence.get("cat")).toBeUndefined();
});

/* Numbers from 0 to 1 that are the same at each run. */
function numbers(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

/** What the platform and supervisors may do at random; some of it is refused, and changes nothing. */
async function something(hub: Hub, random: () => number): Promise<void> {
	const one = <Value>(...of: Value[]) => of[Math.floor(random() * of.length)] as Value;
	const path = `/v1/conversations/c${Math.floor(random() * 8)}`;
	const assign = () => hub.api("POST", `${path}/assign`, { user: one("ann", "bob", "sue"), force: true });
	const acts: ReadonlyArray<() => Promise<unknown>> = [
		() => hub.api("PUT", path, { team: one("support", "support", "sales"), priority: one("low", "urgent") }),
		() => hub.api("PUT", path, { status: one("open", "pending", "snoozed") }),
		assign,
		assign,
		() => hub.api("POST", `${path}/unassign`, {}),
		() => hub.api("POST", `${path}/${one("resolve", "reopen", "reopen")}`, {}),
	];
	await one(...acts)().catch((error: Error) => {
		if (!/: (404|409|422) /.test(error.message)) throw error;
	});
}

test("I6 whoever looks: the list that followed the events is the list that is asked for", async ({
	hub,
	join,
}) => {
	const { conversationList, liveList } = await loadSdk();
	const permissions = ["conversations.view:team", "conversations.reply", "presence.self"];
	await hub.api("POST", "/v1/roles", { id: "viewer", name: "Viewer", permissions });
	const lists = [];
	for (const user of ["ann", "bob", "sue"]) {
		const client = await join(user);
		const list = liveList(client, conversationList);
		list.subscribe(() => {});
		lists.push({ client, list });
	}
	const random = numbers(7);
	for (let n = 0; n < 160; n++) {
		if (n === 40) await hub.api("PUT", "/v1/users/ann/roles", { roles: ["viewer"] });
		if (n === 60) await hub.api("DELETE", "/v1/teams/support/members/ann");
		if (n === 80) await hub.kill();
		if (n === 80) await hub.start();
		if (n === 100) await hub.api("PUT", "/v1/teams/support/members/ann");
		await something(hub, random);
	}
	for (const { client, list } of lists) {
		await expect.poll(phase(client)).toBe("live");
		const fresh: unknown[] = [];
		for (const status of ["open", "pending", "snoozed"] as const)
			fresh.push(...(await client.call("conversation.list", { status })).items);
		expect(fresh).not.toEqual([]);
		const held = () => Object.fromEntries((list.getSnapshot().items ?? []).map((item) => [item.id, item]));
		await expect
			.poll(held)
			.toEqual(Object.fromEntries((fresh as Array<{ id: string }>).map((item) => [item.id, item])));
	}
});

test("closing the client is a goodbye: gone at once, without the grace of a reload", async ({ join }) => {
	const sue = await join("sue");
	const ann = await join("ann");
	await expect.poll(statusOf(sue, "ann")).toBe("available");
	const closedAt = Date.now();
	const gone = new Promise((resolve) => {
		sue.presence.subscribe(() => statusOf(sue, "ann")() === "offline" && resolve(Date.now()));
	});
	ann.close();
	expect(Number(await gone) - closedAt).toBeLessThan(2_000);
});

test.describe("at short pings", () => {
	test.use({ hubOptions: { ping_interval_ms: 500, pong_timeout_ms: 250 } });

	test("a hub that has gone silent is noticed, and found again", async ({ hub, join }) => {
		const ann = await join("ann");
		hub.freeze(true);
		await expect.poll(phase(ann), { timeout: 15_000 }).toBe("reconnecting");
		hub.freeze(false);
		await expect.poll(phase(ann), { timeout: 15_000 }).toBe("live");
		expect(await ann.call("presence.set", { status: "busy" })).toMatchObject({ status: "busy" });
	});
});

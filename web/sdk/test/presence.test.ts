import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MusterClient } from "../src/index";
import { FakeHub, person } from "./fake-hub";

let hub: FakeHub;
beforeEach(() => {
	vi.useFakeTimers();
	hub = new FakeHub();
});
afterEach(() => {
	vi.useRealTimers();
});

const statuses = (client: MusterClient) =>
	Object.fromEntries([...client.presence.getSnapshot().users.values()].map((one) => [one.user, one.status]));

const diff = (from: number, to: number, up: ReturnType<typeof person>[] = [], down: string[] = []) =>
	hub.socket.event("presence.diff", { from: `n1:${from}`, version: `n1:${to}`, up, down });

/** Lets promises that were settled by a message run. */
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("B10 presence", () => {
	it("starts from the snapshot of the opening", () => {
		const client = hub.live();
		expect(statuses(client)).toEqual({ u1: "available", u2: "available" });
		expect(client.presence.version).toBe("n1:1");
	});

	it("applies differences that fit: changed, new and gone", () => {
		const client = hub.live();
		diff(1, 2, [person("u1", "busy"), person("u3", "away")], ["u2"]);
		expect(statuses(client)).toEqual({ u1: "busy", u3: "away" });
		diff(2, 3, [person("u2", "offline")]);
		expect(statuses(client)).toEqual({ u1: "busy", u3: "away", u2: "offline" });
		expect(hub.socket.calls("presence.get")).toEqual([]);
	});

	it("takes a fresh snapshot at a gap and merges nothing stale", async () => {
		const client = hub.live();
		diff(3, 4, [person("u2", "busy")]);
		expect(statuses(client)).toEqual({ u1: "available", u2: "available" });
		expect(hub.socket.last("presence.get").params).toEqual({ scope: "all" });
		hub.socket.answer("presence.get", { version: "n1:4", users: [person("u2", "busy")] });
		await settle();
		expect(statuses(client)).toEqual({ u2: "busy" });
		diff(4, 5, [person("u2", "away")]);
		expect(statuses(client)).toEqual({ u2: "away" });
		expect(hub.socket.calls("presence.get")).toHaveLength(1);
	});

	it("lets differences that came meanwhile follow the snapshot if they fit", async () => {
		const client = hub.live();
		diff(3, 4, [person("u2", "older")]);
		diff(4, 5, [person("u2", "old")]);
		diff(5, 6, [person("u2", "newer")]);
		diff(6, 7, [person("u9", "newest")]);
		hub.socket.answer("presence.get", { version: "n1:5", users: [person("u2", "fresh")] });
		await settle();
		expect(statuses(client)).toEqual({ u2: "newer", u9: "newest" });
		expect(client.presence.version).toBe("n1:7");
		expect(hub.socket.calls("presence.get")).toHaveLength(1);
	});

	it("spreads the snapshots out when gap follows gap", async () => {
		hub.live();
		diff(3, 4);
		hub.socket.answer("presence.get", { version: "n1:4", users: [] });
		await settle();
		diff(8, 9);
		await settle();
		expect(hub.socket.calls("presence.get")).toHaveLength(1);
		await vi.advanceTimersByTimeAsync(1_000);
		expect(hub.socket.calls("presence.get")).toHaveLength(2);
	});

	it("asks again when the snapshot could not be had", async () => {
		const client = hub.live();
		diff(3, 4);
		hub.socket.refuse("presence.get", { code: 1053, message: "later", data: { kind: "unavailable" } });
		await vi.advanceTimersByTimeAsync(1_000);
		expect(hub.socket.calls("presence.get")).toHaveLength(2);
		hub.socket.answer("presence.get", { version: "n1:9", users: [person("u5")] });
		await settle();
		expect(client.presence.version).toBe("n1:9");
	});

	it("keeps what it knew while reconnecting, then takes the new opening's snapshot", async () => {
		const client = hub.live();
		diff(3, 4);
		hub.socket.end(4200);
		expect(statuses(client)).toEqual({ u1: "available", u2: "available" });
		await vi.advanceTimersByTimeAsync(0);
		hub.socket.open({ resumed: true, presence: { version: "n2:1", users: [person("u1", "busy")] } });
		await vi.advanceTimersByTimeAsync(30_000);
		expect(statuses(client)).toEqual({ u1: "busy" });
		expect(hub.socket.calls("presence.get")).toEqual([]);
	});

	it("holds counts for those who watch only these", () => {
		const client = hub.live({ watch: "counts" });
		hub.socket.event("presence.counts", { version: "n1:2", counts: { available: 4, away: 1 } });
		expect(client.presence.getSnapshot().counts).toEqual({ available: 4, away: 1 });
	});
});

describe("watching others", () => {
	it("replaces the store, and is remembered across a reconnect", async () => {
		const client = hub.live();
		const watched = client.watch({ team: "t2" });
		expect(hub.socket.last("presence.watch").params).toEqual({ scope: { team: "t2" } });
		diff(1, 2, [person("u1", "busy")]);
		hub.socket.answer("presence.watch", { version: "n1:2", users: [person("u7")] });
		await watched;
		expect(statuses(client)).toEqual({ u7: "available" });
		hub.socket.end(4200);
		await settle();
		hub.socket.accept();
		expect(hub.socket.last("session.open").params.watch).toEqual({ presence: { team: "t2" } });
	});

	it("is not undone by a snapshot of the old scope that was still on its way", async () => {
		const client = hub.live();
		diff(3, 4);
		const old = hub.socket.last("presence.get");
		const watched = client.watch({ team: "t2" });
		hub.socket.message({ jsonrpc: "2.0", id: old.id, result: { version: "n1:4", users: [person("u2")] } });
		await settle();
		expect(statuses(client)).toEqual({ u1: "available", u2: "available" });
		hub.socket.answer("presence.watch", { version: "n1:4", users: [person("u7")] });
		await watched;
		await settle();
		expect(statuses(client)).toEqual({ u7: "available" });
	});

	it("goes on as before when the hub refuses", async () => {
		const client = hub.live();
		const watched = client.watch({ team: "foreign" });
		diff(1, 2, [person("u1", "busy")]);
		hub.socket.refuse("presence.watch", { code: 1004, message: "no", data: { kind: "not_found" } });
		await expect(watched).rejects.toMatchObject({ kind: "not_found" });
		expect(statuses(client)).toEqual({ u1: "busy", u2: "available" });
		diff(2, 3, [person("u1", "away")]);
		expect(statuses(client)).toMatchObject({ u1: "away" });
	});
});

describe("the store as React reads it", () => {
	it("gives the same view until something changes, and tells when", () => {
		const client = hub.live();
		const { subscribe, getSnapshot } = client.presence;
		const changed = vi.fn();
		const off = subscribe(changed);
		const before = getSnapshot();
		expect(getSnapshot()).toBe(before);
		diff(1, 2, [person("u1", "busy")]);
		expect(changed).toHaveBeenCalledOnce();
		const after = getSnapshot();
		expect(after).not.toBe(before);
		expect(before.users.get("u1")?.status).toBe("available");
		expect(after.users.get("u2")).toBe(before.users.get("u2"));
		off();
		diff(2, 3, [person("u1", "away")]);
		expect(changed).toHaveBeenCalledOnce();
	});

	it("does not change at a difference that does not fit", () => {
		const client = hub.live();
		const before = client.presence.getSnapshot();
		diff(7, 8, [person("u1", "busy")]);
		expect(client.presence.getSnapshot()).toBe(before);
	});
});

describe("permissions", () => {
	it("follow permissions.changed of this person", () => {
		const client = hub.live();
		const seen = vi.fn();
		client.on("session", seen);
		hub.socket.event("permissions.changed", { user: "u9", permissions: ["x"] }, { seq: 11, cursor: "c11" });
		expect(seen).not.toHaveBeenCalled();
		hub.socket.event(
			"permissions.changed",
			{ user: "u1", permissions: ["audit.view"] },
			{ seq: 12, cursor: "c12" },
		);
		expect(client.session?.permissions).toEqual(["audit.view"]);
		expect(seen).toHaveBeenCalledOnce();
	});
});

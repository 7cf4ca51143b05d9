import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MusterClient } from "../src/index";
import { FakeHub } from "./fake-hub";

let hub: FakeHub;
beforeEach(() => {
	vi.useFakeTimers();
	hub = new FakeHub();
});
afterEach(() => {
	vi.useRealTimers();
});

const away = { id: "away", label: "Away", base: "away" as const, accepting: false };
const lunch = { id: "lunch", label: "Lunch", base: "away" as const, accepting: false };
const training = { id: "training", label: "Training", base: "busy" as const, accepting: false };

function openWith(statuses: object[]): MusterClient {
	const client = hub.client();
	client.connect();
	hub.socket.open({ settings: { statuses, idle_after_ms: 7 } });
	return client;
}

let seq = 10;
const event = (type: string, data: object) =>
	hub.socket.event(type, data, { seq: ++seq, cursor: `acme:0:${seq}` });
const told = (data: object) => event("workspace.updated", data);

describe("what one chose", () => {
	const choice = { status: "lunch", note: "back at one", until: null };

	it("is told with the session, and after each choice", () => {
		const client = hub.client();
		client.connect();
		hub.socket.open({ chosen: choice });
		expect(client.session?.chosen).toEqual(choice);
		const seen = vi.fn();
		client.on("session", seen);
		const data = { user: client.session?.user.id, status: "away", note: null, until: null, cause: "self" };
		event("presence.chosen", data);
		expect(client.session?.chosen).toEqual({ status: "away", note: null, until: null });
		expect(seen).toHaveBeenCalledOnce();
	});

	it("is nothing for a session that is nobody's own", () => {
		expect(openWith([away]).session?.chosen).toBeNull();
	});
});

describe("a change of the workspace", () => {
	it("replaces the workspace's own statuses and keeps the base ones", () => {
		const client = openWith([away, lunch]);
		const seen = vi.fn();
		client.on("session", seen);
		told({ statuses: [training] });
		expect(client.session?.settings).toEqual({ statuses: [away, training], idle_after_ms: 7 });
		expect(seen).toHaveBeenCalledOnce();
	});

	it("leaves alone what it does not name", () => {
		const client = openWith([away, lunch]);
		told({ name: "Acme Ltd" });
		told({ idle_after_ms: 0 });
		expect(client.session?.workspace).toEqual({ id: "acme", name: "Acme Ltd" });
		expect(client.session?.settings).toEqual({ statuses: [away, lunch], idle_after_ms: 0 });
	});
});

describe("a change of oneself", () => {
	it("is told with the session", () => {
		const client = openWith([away]);
		const user = client.session?.user.id ?? "";
		event("user.updated", { user, name: "Ann Lee" });
		event("role.assigned", { user, roles: ["agent", "supervisor"] });
		event("team.member_added", { user, team: "nights" });
		const { name, roles, teams } = client.session?.user ?? {};
		expect([name, roles, teams?.includes("nights")]).toEqual(["Ann Lee", ["agent", "supervisor"], true]);
	});

	it("is none of what happens to others", () => {
		const client = openWith([away]);
		const seen = vi.fn();
		client.on("session", seen);
		event("user.updated", { user: "somebody-else", name: "Ann Lee" });
		event("user.removed", { user: "somebody-else" });
		expect(seen).not.toHaveBeenCalled();
	});
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MusterClient, ServerEvent } from "../src/index";
import { FakeHub } from "./fake-hub";

let hub: FakeHub;
beforeEach(() => {
	vi.useFakeTimers();
	hub = new FakeHub();
});
afterEach(() => {
	vi.useRealTimers();
});

function sequence(client: MusterClient): number[] {
	const seen: number[] = [];
	client.on("event", (event: ServerEvent) => {
		if (event.seq !== undefined) seen.push(event.seq);
	});
	return seen;
}

/** Loses the connection and accepts the next one, without answering its opening. */
function comeBack(): unknown {
	hub.socket.end(4200);
	vi.advanceTimersByTime(30_000);
	hub.socket.accept();
	return hub.socket.last("session.open").params.resume;
}

const answer = (more: Record<string, unknown>) =>
	hub.socket.answer("session.open", {
		session: "s-2",
		workspace: { id: "acme", name: "Acme" },
		user: { id: "u1", name: "Uma" },
		permissions: [],
		ping_interval_ms: 20_000,
		...more,
	});

describe("F3 resume", () => {
	it("does not ask to resume the first time", () => {
		const client = hub.client();
		client.connect();
		hub.socket.accept();
		expect(hub.socket.last("session.open").params).not.toHaveProperty("resume");
	});

	it("goes on from a cursor that it was given", () => {
		const client = hub.client({ cursor: "acme:0:7" });
		client.connect();
		hub.socket.accept();
		expect(hub.socket.last("session.open").params.resume).toEqual({ cursor: "acme:0:7" });
	});

	it("resumes from the opening's cursor when nothing has happened", () => {
		hub.live();
		expect(comeBack()).toEqual({ cursor: "acme:0:10" });
	});

	it("resumes from the last event that was handed out", () => {
		const client = hub.live();
		hub.socket.durable(11);
		hub.socket.durable(14);
		expect(client.cursor).toBe("acme:0:14");
		expect(comeBack()).toEqual({ cursor: "acme:0:14" });
	});

	it("is not moved by ephemeral events", () => {
		hub.live();
		hub.socket.event("conversation.typing", {}, { at: "2026-11-21T12:00:00.000Z" });
		expect(comeBack()).toEqual({ cursor: "acme:0:10" });
	});

	it("loses nothing when the connection breaks in the middle of a replay", () => {
		const client = hub.live();
		const seen = sequence(client);
		hub.socket.durable(11);
		comeBack();
		answer({ resumed: true, replayed: 3, cursor: "acme:0:14" });
		hub.socket.durable(12);
		expect(comeBack()).toEqual({ cursor: "acme:0:12" });
		answer({ resumed: true, replayed: 2, cursor: "acme:0:14" });
		hub.socket.durable(13);
		hub.socket.durable(14);
		expect(seen).toEqual([11, 12, 13, 14]);
	});

	it("loses nothing when the connection breaks before the replay has begun", () => {
		hub.live();
		hub.socket.durable(11);
		comeBack();
		answer({ resumed: true, replayed: 3, cursor: "acme:0:14" });
		expect(comeBack()).toEqual({ cursor: "acme:0:11" });
	});

	it("takes over the newer cursor when there was nothing to replay", () => {
		hub.live();
		comeBack();
		answer({ resumed: true, replayed: 0, cursor: "acme:0:90" });
		expect(comeBack()).toEqual({ cursor: "acme:0:90" });
	});
});

describe("I2 no duplicates, I3 order", () => {
	it("hands out each event once, however often it comes", () => {
		const client = hub.live();
		const seen = sequence(client);
		for (const seq of [11, 12, 11, 12, 13]) hub.socket.durable(seq);
		comeBack();
		answer({ resumed: true, replayed: 2, cursor: "acme:0:14" });
		for (const seq of [12, 13, 14]) hub.socket.durable(seq);
		expect(seen).toEqual([11, 12, 13, 14]);
	});

	it("keeps the order of a batch", () => {
		const client = hub.live();
		const seen = sequence(client);
		const event = (seq: number) => ({
			jsonrpc: "2.0",
			method: "event",
			params: { type: "x.test", seq, cursor: `acme:0:${seq}`, data: {} },
		});
		hub.socket.message([event(11), event(12), event(15)]);
		expect(seen).toEqual([11, 12, 15]);
	});

	it("hands each event to the listeners of its type and to those of all", () => {
		const client = hub.live();
		const typed = vi.fn();
		const other = vi.fn();
		client.on("x.test", typed);
		client.on("x.other", other);
		hub.socket.durable(11);
		expect(typed).toHaveBeenCalledWith(expect.objectContaining({ seq: 11, data: { n: 11 } }));
		expect(other).not.toHaveBeenCalled();
	});

	it("takes no harm from messages that it does not understand", () => {
		const client = hub.live();
		const seen = sequence(client);
		hub.socket.onmessage?.({ data: "{not json" });
		hub.socket.onmessage?.({ data: new ArrayBuffer(4) });
		hub.socket.message([null, 1, "x", { jsonrpc: "2.0", method: "event" }]);
		hub.socket.message({ jsonrpc: "2.0", id: 999, result: {} });
		hub.socket.message({ jsonrpc: "2.0", method: "novelty", params: {} });
		hub.socket.durable(11);
		expect(seen).toEqual([11]);
	});
});

describe("what was missed is gone", () => {
	it("says so once, after the session is open, and goes on from the new cursor", () => {
		const client = hub.live();
		const phases: string[] = [];
		client.on("resync", () => phases.push(client.connection.phase));
		hub.socket.durable(50);
		comeBack();
		answer({ resumed: false, cursor: "acme:1:5" });
		expect(phases).toEqual(["live"]);
		expect(comeBack()).toEqual({ cursor: "acme:1:5" });
	});

	it("counts sequences afresh, since the log may be another one", () => {
		const client = hub.live();
		hub.socket.durable(50);
		comeBack();
		answer({ resumed: false, cursor: "acme:1:5" });
		const seen = sequence(client);
		hub.socket.durable(6);
		expect(seen).toEqual([6]);
	});

	it("is not said after a first opening or a resumed one", () => {
		const client = hub.client();
		const resync = vi.fn();
		client.on("resync", resync);
		client.connect();
		hub.socket.open();
		comeBack();
		answer({ resumed: true, replayed: 0, cursor: "acme:0:10" });
		expect(resync).not.toHaveBeenCalled();
	});
});

describe("the hub's time", () => {
	it("is learned from the least delayed live event", () => {
		vi.setSystemTime("2026-11-21T12:02:00.000Z");
		const client = hub.live();
		expect(client.now()).toBe(Date.now());
		hub.socket.event("x.live", {}, { at: "2026-11-21T12:00:00.000Z" });
		expect(client.now()).toBe(Date.parse("2026-11-21T12:00:00.000Z"));
		vi.advanceTimersByTime(1_000);
		hub.socket.event("x.live", {}, { at: "2026-11-21T12:00:00.400Z" });
		expect(client.now()).toBe(Date.parse("2026-11-21T12:00:01.000Z"));
	});

	it("is not learned from replayed events", () => {
		vi.setSystemTime("2026-11-21T12:00:00.000Z");
		const client = hub.live();
		hub.socket.event("x.old", {}, { seq: 11, cursor: "c", at: "2026-11-20T08:00:00.000Z" });
		expect(client.now()).toBe(Date.now());
	});
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClosedError, ConnectionLostError, MusterError, TimeoutError } from "../src/index";
import { FakeHub } from "./fake-hub";

let hub: FakeHub;
beforeEach(() => {
	vi.useFakeTimers();
	hub = new FakeHub();
});
afterEach(() => {
	vi.useRealTimers();
});

function comeBack(): void {
	vi.advanceTimersByTime(30_000);
	hub.socket.open({ resumed: true });
}

describe("a call", () => {
	it("answers with the result", async () => {
		const client = hub.live();
		const call = client.call("team.list", {});
		hub.socket.answer("team.list", { items: [], next: null });
		await expect(call).resolves.toEqual({ items: [], next: null });
	});

	it("matches answers by id, whatever their order", async () => {
		const client = hub.live();
		const calls = [client.call("x.a"), client.call("x.b")];
		hub.socket.answer("x.b", "b");
		hub.socket.answer("x.a", "a");
		await expect(Promise.all(calls)).resolves.toEqual(["a", "b"]);
	});

	it("fails with what the hub said", async () => {
		const client = hub.live();
		const call = client.call("presence.set", { status: "lunch" });
		hub.socket.refuse("presence.set", {
			code: -32602,
			message: "Unknown status.",
			data: { kind: "invalid_params", temporary: false, retry_after_ms: 0, fields: { status: "unknown" } },
		});
		const error = await call.catch((caught: unknown) => caught);
		expect(error).toBeInstanceOf(MusterError);
		expect(error).toMatchObject({
			kind: "invalid_params",
			code: -32602,
			message: "Unknown status.",
			temporary: false,
			fields: { status: "unknown" },
		});
	});

	it("fails when it is not answered in time", async () => {
		const client = hub.live();
		const call = client.call("x.slow", {}, { timeoutMs: 3_000 });
		const failed = expect(call).rejects.toThrow(TimeoutError);
		vi.advanceTimersByTime(3_000);
		await failed;
		hub.socket.answer("x.slow", "too late");
	});

	it("waits for the connection, behind the opening", async () => {
		const client = hub.client();
		const call = client.call("x.early", { n: 1 });
		client.connect();
		hub.socket.accept();
		expect(hub.socket.sent.map((sent) => sent.method)).toEqual(["session.open"]);
		hub.socket.open();
		hub.socket.answer("x.early", "ok");
		await expect(call).resolves.toBe("ok");
	});
});

describe("a call under way when the connection breaks", () => {
	it("fails as lost, and is not sent again", async () => {
		const client = hub.live();
		const call = client.call("x.once");
		hub.socket.end(1006);
		const error = await call.catch((caught: unknown) => caught);
		expect(error).toBeInstanceOf(ConnectionLostError);
		expect(error).toMatchObject({ kind: "connection_lost", temporary: true });
		comeBack();
		expect(hub.socket.calls("x.once")).toEqual([]);
	});

	it("is sent again with the same key if it is idempotent", async () => {
		const client = hub.live();
		const call = client.call("presence.set", { status: "away" }, { idempotent: true, timeoutMs: 120_000 });
		const first = hub.socket.last("presence.set").params;
		expect(first.idempotency_key).toEqual(expect.any(String));
		hub.socket.end(4200);
		comeBack();
		expect(hub.socket.last("presence.set").params).toEqual(first);
		hub.socket.answer("presence.set", { status: "away" });
		await expect(call).resolves.toEqual({ status: "away" });
		hub.socket.end(4200);
		comeBack();
		expect(hub.socket.calls("presence.set")).toEqual([]);
	});

	it("uses the caller's own key", () => {
		const client = hub.live();
		client.call("x.keyed", {}, { idempotencyKey: "order-7" }).catch(() => {});
		expect(hub.socket.last("x.keyed").params).toEqual({ idempotency_key: "order-7" });
	});

	it("gives each idempotent call a key of its own", () => {
		const client = hub.live();
		for (let n = 0; n < 20; n++) client.call("x.keyed", {}, { idempotent: true }).catch(() => {});
		const keys = hub.socket.calls("x.keyed").map((sent) => sent.params.idempotency_key);
		expect(new Set(keys).size).toBe(20);
	});

	it("is not sent again when it was itself the reason", async () => {
		const client = hub.live();
		const call = client.call("x.huge", {}, { idempotent: true });
		hub.socket.end(1009);
		await expect(call).rejects.toThrow(ConnectionLostError);
		comeBack();
		expect(hub.socket.calls("x.huge")).toEqual([]);
	});

	it("still ends in time", async () => {
		const client = hub.live();
		const call = client.call("x.keyed", {}, { idempotent: true, timeoutMs: 1_000 });
		const failed = expect(call).rejects.toThrow(TimeoutError);
		hub.socket.end(4100, { retry_after_ms: 60_000 });
		vi.advanceTimersByTime(1_000);
		await failed;
	});
});

describe("a client that is closed", () => {
	it("fails what is under way, what waits and what comes", async () => {
		const client = hub.live();
		const calls = [client.call("x.sent", {}, { idempotent: true }), client.call("x.sent")];
		hub.socket.end(4003);
		calls.push(client.call("x.later"));
		for (const call of calls) await expect(call).rejects.toThrow(ClosedError);
	});
});

describe("refresh", () => {
	it("uses the new token for the next connection, once the hub has taken it", async () => {
		const client = hub.live();
		const refreshed = client.refresh("t-2");
		hub.socket.answer("session.refresh", { expires_at: "2026-11-22T00:00:00Z" });
		await refreshed;
		hub.socket.end(4200);
		comeBack();
		expect(hub.socket.last("session.open").params.token).toBe("t-2");
	});

	it("keeps the old token if the hub refuses", async () => {
		const client = hub.live();
		const refreshed = client.refresh("bad");
		hub.socket.refuse("session.refresh", { code: 1001, message: "no", data: { kind: "unauthenticated" } });
		await expect(refreshed).rejects.toMatchObject({ kind: "unauthenticated" });
		hub.socket.end(4200);
		comeBack();
		expect(hub.socket.last("session.open").params.token).toBe("t-1");
	});
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeHub } from "./fake-hub";

/* The fake hub announces a ping every 20 s: 50 s of nothing are suspicious, 5 s more without an answer prove it. */
const SUSPICIOUS_MS = 50_000;
const GRACE_MS = 5_000;

let hub: FakeHub;
beforeEach(() => {
	vi.useFakeTimers();
	hub = new FakeHub();
});
afterEach(() => {
	vi.useRealTimers();
});

const ping = () => hub.socket.message({ jsonrpc: "2.0", method: "ping" });
const probes = () => hub.socket.calls("session.activity").length;

/** The clock goes on while no timer runs, as for a page that is frozen or a laptop that sleeps. */
const sleep = (ms: number) => vi.setSystemTime(Date.now() + ms);

describe("a hub that says something now and then", () => {
	it("is never doubted", () => {
		const client = hub.live();
		for (let n = 0; n < 200; n++) {
			vi.advanceTimersByTime(20_000);
			ping();
		}
		expect(client.connection.phase).toBe("live");
		expect(probes()).toBe(0);
		expect(hub.sockets).toHaveLength(1);
	});

	it("may be late by more than one ping", () => {
		const client = hub.live();
		vi.advanceTimersByTime(SUSPICIOUS_MS - 1);
		ping();
		vi.advanceTimersByTime(SUSPICIOUS_MS - 1);
		expect(client.connection.phase).toBe("live");
		expect(probes()).toBe(0);
	});
});

describe("a hub that has gone silent", () => {
	it("is asked, and left when it does not answer", () => {
		const client = hub.live();
		vi.advanceTimersByTime(SUSPICIOUS_MS);
		expect(probes()).toBe(1);
		expect(client.connection.phase).toBe("live");
		vi.advanceTimersByTime(GRACE_MS);
		expect(client.connection.phase).toBe("reconnecting");
		expect(hub.socket.closedWith).toBe(4900);
	});

	it("is kept when it answers", () => {
		const client = hub.live();
		vi.advanceTimersByTime(SUSPICIOUS_MS + GRACE_MS - 1);
		hub.socket.answer("session.activity", {});
		vi.advanceTimersByTime(SUSPICIOUS_MS - 1);
		expect(client.connection.phase).toBe("live");
		vi.advanceTimersByTime(1);
		expect(probes()).toBe(2);
	});

	it("is not waited for when the socket is closing for minutes", () => {
		hub.live();
		vi.advanceTimersByTime(SUSPICIOUS_MS + GRACE_MS + 500);
		expect(hub.sockets).toHaveLength(2);
		const [old] = hub.sockets;
		hub.socket.open({ resumed: true });
		old?.end(1006);
		expect(hub.sockets).toHaveLength(2);
	});
});

describe("timers that run late", () => {
	it("do not end a connection whose messages were waiting to be read", () => {
		const client = hub.live();
		sleep(10 * 60_000);
		vi.advanceTimersByTime(SUSPICIOUS_MS);
		expect(probes()).toBe(1);
		ping();
		vi.advanceTimersByTime(GRACE_MS);
		expect(client.connection.phase).toBe("live");
	});

	it("do not end a connection that was asked just before the program fell asleep", () => {
		const client = hub.live();
		vi.advanceTimersByTime(SUSPICIOUS_MS);
		sleep(10 * 60_000);
		vi.advanceTimersByTime(GRACE_MS);
		expect(client.connection.phase).toBe("live");
		expect(probes()).toBe(2);
		ping();
		vi.advanceTimersByTime(GRACE_MS);
		expect(client.connection.phase).toBe("live");
		expect(hub.sockets).toHaveLength(1);
	});

	it("still notice a connection that died during the sleep", () => {
		const client = hub.live();
		sleep(10 * 60_000);
		client.nudge();
		expect(probes()).toBe(1);
		vi.advanceTimersByTime(GRACE_MS);
		expect(client.connection.phase).toBe("reconnecting");
	});
});

describe("a nudge", () => {
	it("does nothing to a connection that was heard of lately", () => {
		const client = hub.live();
		vi.advanceTimersByTime(10_000);
		client.nudge();
		expect(probes()).toBe(0);
		vi.advanceTimersByTime(SUSPICIOUS_MS - 10_000);
		expect(probes()).toBe(1);
	});

	it("tries at once while waiting to reconnect", () => {
		const client = hub.live();
		hub.socket.end(4100, { retry_after_ms: 60_000 });
		client.nudge();
		expect(hub.sockets).toHaveLength(2);
	});
});

describe("a clock that is set back", () => {
	it("delays the suspicion and does no other harm", () => {
		const client = hub.live();
		sleep(-3_600_000);
		vi.advanceTimersByTime(SUSPICIOUS_MS);
		expect(client.connection.phase).toBe("live");
		vi.advanceTimersByTime(SUSPICIOUS_MS + GRACE_MS);
		expect(client.connection.phase).toBe("reconnecting");
	});
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClosedError } from "../src/index";
import { FakeHub } from "./fake-hub";

let hub: FakeHub;
beforeEach(() => {
	vi.useFakeTimers();
	hub = new FakeHub();
});
afterEach(() => {
	vi.useRealTimers();
});

describe("opening", () => {
	it("sends the token, the device and what to watch first, in the hub's subprotocol", () => {
		const client = hub.client({ watch: { team: "t1" } });
		client.connect();
		expect(client.connection.phase).toBe("connecting");
		expect(hub.socket.url).toBe("wss://hub.test/v1/ws");
		expect(hub.socket.protocols).toEqual(["muster.v1"]);
		hub.socket.accept();
		expect(hub.socket.sent).toEqual([
			{
				jsonrpc: "2.0",
				id: 1,
				method: "session.open",
				params: {
					token: "t-1",
					device: { id: "d-1", kind: "web", name: "Test" },
					watch: { presence: { team: "t1" } },
				},
			},
		]);
		hub.socket.answer("session.open", {
			session: "s",
			workspace: { id: "acme", name: "Acme" },
			user: { id: "u1", name: "Uma" },
			permissions: [],
			cursor: "c",
			ping_interval_ms: 20_000,
		});
		expect(client.connection.phase).toBe("live");
		expect(client.session?.workspace.name).toBe("Acme");
	});

	it("refuses an address that is not a WebSocket's", () => {
		expect(() => hub.client({ url: "https://hub.test/v1/ws" })).toThrow(TypeError);
	});

	it("asks for a fresh token for each connection", async () => {
		let made = 0;
		const client = hub.client({ token: async () => `t-${++made}` });
		client.connect();
		await vi.advanceTimersByTimeAsync(0);
		hub.socket.accept();
		expect(hub.socket.last("session.open").params.token).toBe("t-1");
		hub.socket.end(1006);
		await vi.advanceTimersByTimeAsync(500);
		hub.socket.accept();
		expect(hub.sockets).toHaveLength(2);
		expect(hub.socket.last("session.open").params.token).toBe("t-2");
	});

	it("tries again when no token could be had", async () => {
		const token = vi.fn(async () => "t-2").mockRejectedValueOnce(new Error("offline"));
		const client = hub.client({ token });
		client.connect();
		await vi.advanceTimersByTimeAsync(0);
		expect(client.connection).toMatchObject({ phase: "reconnecting", reason: { kind: "no_token" } });
		await vi.advanceTimersByTimeAsync(500);
		hub.socket.open();
		expect(client.connection.phase).toBe("live");
	});

	it("gives up an attempt that takes too long", () => {
		const client = hub.client({ openTimeoutMs: 4_000 });
		client.connect();
		hub.socket.accept();
		vi.advanceTimersByTime(3_999);
		expect(client.connection.phase).toBe("connecting");
		vi.advanceTimersByTime(1);
		expect(client.connection.phase).toBe("reconnecting");
		expect(hub.socket.closedWith).toBeDefined();
		vi.advanceTimersByTime(500);
		expect(hub.sockets).toHaveLength(2);
	});

	it("is closed for good when the opening is refused, and says why", () => {
		const client = hub.client();
		client.connect();
		hub.socket.accept();
		hub.socket.refuse("session.open", { code: 1001, message: "no", data: { kind: "unauthenticated" } });
		expect(client.connection).toMatchObject({ phase: "closed", reason: { kind: "unauthenticated" } });
		vi.advanceTimersByTime(120_000);
		expect(hub.sockets).toHaveLength(1);
	});

	it("comes back when the refusal is temporary, not before the advised time", () => {
		const client = hub.client();
		client.connect();
		hub.socket.accept();
		hub.socket.refuse("session.open", {
			code: 1053,
			message: "later",
			data: { kind: "unavailable", temporary: true, retry_after_ms: 3_000 },
		});
		expect(client.connection).toMatchObject({ phase: "reconnecting", reason: { kind: "unavailable" } });
		expect(hub.socket.closedWith).toBe(1000);
		vi.advanceTimersByTime(3_499);
		expect(hub.sockets).toHaveLength(1);
		vi.advanceTimersByTime(1);
		expect(hub.sockets).toHaveLength(2);
	});
});

describe("coming back", () => {
	it("waits a jittered time after a lost connection and says until when", () => {
		const client = hub.live();
		hub.socket.end(1006);
		expect(client.connection).toMatchObject({
			phase: "reconnecting",
			attempt: 1,
			retryAt: Date.now() + 500,
			reason: { kind: "connection_lost" },
		});
		vi.advanceTimersByTime(499);
		expect(hub.sockets).toHaveLength(1);
		vi.advanceTimersByTime(1);
		expect(hub.sockets).toHaveLength(2);
		expect(client.connection).toMatchObject({ phase: "reconnecting", retryAt: null });
		hub.socket.open({ resumed: true });
		expect(client.connection.phase).toBe("live");
	});

	it("waits longer with each failure, and starts afresh after a session that held", () => {
		const client = hub.live();
		const waits: number[] = [];
		client.on("connection", (state) => {
			if (state.phase === "reconnecting" && state.retryAt !== null) waits.push(state.retryAt - Date.now());
		});
		vi.advanceTimersByTime(5_000);
		for (let n = 0; n < 4; n++) {
			hub.socket.end(1006);
			vi.advanceTimersByTime(waits.at(-1) ?? 0);
		}
		hub.socket.open({ resumed: true });
		vi.advanceTimersByTime(4_999);
		hub.socket.end(1006);
		vi.advanceTimersByTime(waits.at(-1) ?? 0);
		hub.socket.open({ resumed: true });
		vi.advanceTimersByTime(5_000);
		hub.socket.end(1006);
		expect(waits).toEqual([500, 1_000, 2_000, 4_000, 7_500, 500]);
	});

	it("comes back at once after 42xx, but not in a tight loop", () => {
		const client = hub.live();
		hub.socket.end(4201, { kind: "slow_reader" });
		vi.advanceTimersByTime(0);
		expect(hub.sockets).toHaveLength(2);
		hub.socket.open({ resumed: true });
		hub.socket.end(4201, { kind: "slow_reader" });
		vi.advanceTimersByTime(999);
		expect(hub.sockets).toHaveLength(2);
		vi.advanceTimersByTime(1);
		expect(hub.sockets).toHaveLength(3);
		expect(client.connection.phase).toBe("reconnecting");
	});

	it("leaves a draining hub for as long as it was told", () => {
		hub.live();
		hub.socket.end(4200, { kind: "draining", retry_after_ms: 800 });
		vi.advanceTimersByTime(799);
		expect(hub.sockets).toHaveLength(1);
		vi.advanceTimersByTime(1);
		expect(hub.sockets).toHaveLength(2);
	});

	it("tries at once when asked to while it waits", () => {
		const client = hub.live();
		hub.socket.end(4100, { retry_after_ms: 60_000 });
		client.connect();
		expect(hub.sockets).toHaveLength(2);
		client.connect();
		expect(hub.sockets).toHaveLength(2);
		hub.socket.open({ resumed: true });
		vi.advanceTimersByTime(30_000);
		expect(client.connection.phase).toBe("live");
		expect(hub.sockets).toHaveLength(2);
	});
});

describe("an end for good", () => {
	it.each([4000, 4001, 4002, 4003, 4004, 4005, 4006, 4050, 4099])("does not come back after %i", (code) => {
		const client = hub.live();
		hub.socket.end(code);
		expect(client.connection).toMatchObject({ phase: "closed", reason: { code } });
		vi.advanceTimersByTime(600_000);
		expect(hub.sockets).toHaveLength(1);
	});

	it("can be started again by its owner", () => {
		const client = hub.live();
		hub.socket.end(4006);
		client.connect();
		hub.socket.open();
		expect(client.connection.phase).toBe("live");
	});

	it("closes cleanly when its owner closes it, and hears nothing after that", () => {
		const client = hub.live();
		const states: string[] = [];
		const seen = vi.fn();
		client.on("connection", (state) => states.push(state.phase));
		client.on("event", seen);
		const { socket } = hub;
		client.close();
		expect(socket.closedWith).toBe(1000);
		socket.durable(11);
		socket.end(1000);
		vi.advanceTimersByTime(600_000);
		expect(states).toEqual(["closed"]);
		expect(seen).not.toHaveBeenCalled();
		expect(hub.sockets).toHaveLength(1);
	});

	it("closes while it waits to reconnect", () => {
		const client = hub.live();
		hub.socket.end(1006);
		client.close();
		vi.advanceTimersByTime(600_000);
		expect(hub.sockets).toHaveLength(1);
	});

	it("forgets an attempt whose token arrives after the close", async () => {
		let give: (token: string) => void = () => {};
		const client = hub.client({ token: () => new Promise<string>((resolve) => (give = resolve)) });
		client.connect();
		client.close();
		give("late");
		await vi.advanceTimersByTimeAsync(0);
		expect(hub.sockets).toHaveLength(0);
	});
});

describe("ready", () => {
	it("answers when the session is open", async () => {
		const client = hub.client();
		const ready = client.ready();
		client.connect();
		hub.socket.open();
		await expect(ready).resolves.toMatchObject({ session: "s-1" });
		await expect(client.ready()).resolves.toMatchObject({ session: "s-1" });
	});

	it("fails when the client is closed for good first", async () => {
		const client = hub.client();
		const ready = client.ready();
		client.connect();
		hub.socket.accept();
		hub.socket.end(4002);
		await expect(ready).rejects.toThrow(ClosedError);
	});
});

describe("listeners", () => {
	it("survive one that throws", () => {
		const client = hub.live();
		const seen = vi.fn();
		client.on("x.test", () => {
			throw new Error("broken listener");
		});
		client.on("x.test", seen);
		hub.socket.durable(11);
		expect(seen).toHaveBeenCalledOnce();
		expect(() => vi.advanceTimersByTime(0)).toThrow("broken listener");
	});

	it("end when told to", () => {
		const client = hub.live();
		const seen = vi.fn();
		const off = client.on("x.test", seen);
		off();
		hub.socket.durable(11);
		expect(seen).not.toHaveBeenCalled();
	});
});

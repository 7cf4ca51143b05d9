import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type MusterClient, trackActivity } from "../src/index";
import { FakeHub } from "./fake-hub";

class FakeDocument extends EventTarget {
	hidden = false;

	show(visible: boolean): void {
		this.hidden = !visible;
		this.dispatchEvent(new Event("visibilitychange"));
	}
}

let hub: FakeHub;
let page: FakeDocument;
let client: MusterClient;
let stop: () => void;

beforeEach(() => {
	vi.useFakeTimers();
	page = new FakeDocument();
	vi.stubGlobal("document", page);
	vi.stubGlobal("window", new EventTarget());
	hub = new FakeHub();
	client = hub.live();
	stop = trackActivity(client);
});
afterEach(() => {
	stop();
	vi.unstubAllGlobals();
	vi.useRealTimers();
});

const told = () => hub.socket.calls("session.activity").map((sent) => sent.params.state);
const input = () => window.dispatchEvent(new Event("keydown"));

describe("B5 activity", () => {
	it("says nothing while somebody is there", () => {
		for (let n = 0; n < 10; n++) {
			input();
			vi.advanceTimersByTime(1_000);
		}
		expect(told()).toEqual([]);
	});

	it("is idle after a minute without input, active at the next", () => {
		vi.advanceTimersByTime(30_000);
		input();
		hub.socket.message({ jsonrpc: "2.0", method: "ping" });
		vi.advanceTimersByTime(40_000);
		hub.socket.message({ jsonrpc: "2.0", method: "ping" });
		vi.advanceTimersByTime(19_999);
		expect(told()).toEqual([]);
		vi.advanceTimersByTime(1);
		expect(told()).toEqual(["idle"]);
		input();
		expect(told()).toEqual(["idle", "active"]);
	});

	it("is in the background while hidden, active when it is seen again", () => {
		page.show(false);
		expect(told()).toEqual(["background"]);
		for (let minute = 0; minute < 10; minute++) {
			for (let n = 0; n < 3; n++) {
				vi.advanceTimersByTime(20_000);
				hub.socket.message({ jsonrpc: "2.0", method: "ping" });
			}
		}
		expect(told()).toEqual(["background"]);
		page.show(true);
		expect(told()).toEqual(["background", "active"]);
	});

	it("is told again to a new connection", () => {
		page.show(false);
		hub.socket.end(4200);
		vi.advanceTimersByTime(0);
		hub.socket.open({ resumed: true });
		expect(told()).toEqual(["background"]);
	});

	it("lets the client reconnect at once when the page is seen or the network returns", () => {
		hub.socket.end(4100, { retry_after_ms: 60_000 });
		page.show(true);
		expect(hub.sockets).toHaveLength(2);
		hub.socket.end(4100, { retry_after_ms: 60_000 });
		window.dispatchEvent(new Event("online"));
		expect(hub.sockets).toHaveLength(3);
	});

	it("stops when told to", () => {
		stop();
		page.show(false);
		vi.advanceTimersByTime(40_000);
		expect(told()).toEqual([]);
	});
});

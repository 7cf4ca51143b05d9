import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Dashboard, dashboardAfter, type Tile, watchDashboard } from "../src/index";
import { FakeHub } from "./fake-hub";

const tile = (team: string | null, waiting = 0): Tile => ({
	team,
	name: team,
	people: 3,
	present: 2,
	accepting: 1,
	statuses: [],
	load: 4,
	capacity: 10,
	conversations: { open: 4, pending: 0, snoozed: 0 },
	waiting,
	oldest: null,
	passed: 0,
});

const dashboard = (version: number, more: Partial<Dashboard> = {}): Dashboard => ({
	version: `n1:${version}`,
	all: tile(null),
	no_team: tile(null),
	teams: [tile("a"), tile("b")],
	...more,
});

describe("what a difference makes of the dashboard", () => {
	it("puts tiles in their places, adds new ones and takes out what is gone", () => {
		const after = dashboardAfter(dashboard(1), {
			version: "n1:2",
			from: "n1:1",
			all: tile(null, 7),
			teams: [tile("c"), tile("b", 7)],
			gone: ["a"],
		});
		expect(after).toEqual(dashboard(2, { all: tile(null, 7), teams: [tile("b", 7), tile("c")] }));
	});

	it("leaves alone what is shown already, and refuses what is not from it", () => {
		const held = dashboard(2);
		expect(dashboardAfter(held, { version: "n1:2", from: "n1:1", gone: ["a"] })).toBe(held);
		expect(dashboardAfter(held, { version: "n1:4", from: "n1:3" })).toBeNull();
	});
});

describe("the dashboard on a connection", () => {
	let hub: FakeHub;
	beforeEach(() => {
		vi.useFakeTimers();
		hub = new FakeHub();
	});
	afterEach(() => {
		vi.useRealTimers();
	});
	const settle = () => vi.advanceTimersByTimeAsync(0);

	it("is followed, taken anew at a gap and after a break, and let go of", async () => {
		const changed = vi.fn();
		const stop = watchDashboard(hub.live(), changed);
		hub.socket.event("dashboard.delta", { version: "n1:1", from: "n1:0" });
		hub.socket.answer("dashboard.get", dashboard(1));
		await settle();
		hub.socket.event("dashboard.delta", { version: "n1:2", from: "n1:1", all: tile(null, 1) });
		expect(changed.mock.lastCall).toEqual([dashboard(2, { all: tile(null, 1) })]);

		hub.socket.event("dashboard.delta", { version: "n1:9", from: "n1:8", all: tile(null, 9) });
		expect(hub.socket.calls("dashboard.get")).toHaveLength(2);
		hub.socket.answer("dashboard.get", dashboard(9));
		await settle();
		expect(changed.mock.lastCall).toEqual([dashboard(9)]);

		hub.socket.event("session.skipped", {});
		hub.socket.answer("dashboard.get", dashboard(10));
		await settle();
		expect(changed.mock.lastCall).toEqual([dashboard(10)]);

		hub.socket.end(4200);
		await settle();
		hub.socket.open({ resumed: true });
		hub.socket.answer("dashboard.get", dashboard(12));
		await settle();
		expect(changed.mock.lastCall).toEqual([dashboard(12)]);

		stop();
		hub.socket.event("dashboard.delta", { version: "n1:13", from: "n1:12", all: tile(null, 3) });
		expect(changed).toHaveBeenCalledTimes(5);
	});
});

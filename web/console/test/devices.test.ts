import type { SessionItem } from "muster";
import { describe, expect, it } from "vitest";
import { devicesOf, kindsOf } from "../src/lib/devices";

const item = (session: string, device: string, more: Partial<SessionItem> = {}): SessionItem => ({
	session,
	device: { id: device, kind: "web", name: device },
	state: "active",
	connected_at: "2026-11-21T12:00:00.000Z",
	current: false,
	...more,
});

describe("B4 several tabs are one device", () => {
	it("as lively as its liveliest tab, here since the first of them", () => {
		const devices = devicesOf([
			item("s1", "laptop", { state: "background", connected_at: "2026-11-21T12:30:00.000Z" }),
			item("s2", "laptop", { state: "idle" }),
		]);
		expect(devices).toHaveLength(1);
		expect(devices[0]).toMatchObject({
			state: "idle",
			since: "2026-11-21T12:00:00.000Z",
			sessions: ["s1", "s2"],
		});
	});

	it("puts this device first, whichever of its tabs asks", () => {
		const devices = devicesOf([
			item("s1", "old", { connected_at: "2026-11-20T12:00:00.000Z" }),
			item("s2", "laptop"),
			item("s3", "laptop", { current: true }),
			item("s4", "phone", { connected_at: "2026-11-21T08:00:00.000Z" }),
		]);
		expect(devices.map(({ device, current }) => [device.id, current])).toEqual([
			["laptop", true],
			["old", false],
			["phone", false],
		]);
	});
});

describe("the devices of a presence", () => {
	it("are counted by kind, and as lively as the liveliest", () => {
		const devices = [
			{ kind: "web", state: "background" },
			{ kind: "mobile", state: "idle" },
			{ kind: "web", state: "active" },
		] as const;
		expect(kindsOf(devices)).toEqual([
			{ kind: "web", state: "active", count: 2 },
			{ kind: "mobile", state: "idle", count: 1 },
		]);
	});
});

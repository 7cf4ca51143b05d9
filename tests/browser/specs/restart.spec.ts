/* The hub is killed, as by a power cut, and comes back: nothing that was confirmed is lost, nobody has to reload. */

import { figure } from "../support/figures";
import { RECONNECT_MS } from "../support/tab";
import { expect, test } from "../support/test";

const REFUSED = /^WebSocket connection to .* failed/;

test("after kill -9 and a restart every page resumes and shows the confirmed toggle", async ({
	hub,
	devices,
	complaints,
}) => {
	complaints.allow(REFUSED);
	const laptop = await devices.of("ann");
	const first = await laptop.tab();
	const second = await laptop.tab();
	const phone = await (await devices.of("ann", { phone: true })).tab();
	const bob = await (await devices.of("bob")).tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	const tabs = [first, second, phone, bob, sue];

	await first.toggle("away");
	await first.expect("me", "away");
	await hub.kill();
	const downAt = Date.now();
	await hub.start();
	const upAt = Date.now();
	for (const tab of tabs) {
		await expect.poll(() => tab.sockets, { timeout: RECONNECT_MS }).toBeGreaterThan(1);
		await tab.live();
	}
	figure("from the kill until the hub is back", [upAt - downAt]);
	figure("from then until the last of five pages is live", [Date.now() - upAt]);

	for (const tab of [first, second, phone]) await tab.expect("me", "away");
	for (const tab of [bob, sue]) await tab.expect("ann", "away");
	/* Nor has anybody been seen to leave meanwhile. */
	for (const tab of [bob, sue]) expect(await tab.shown("ann")).toEqual(["available", "away"]);
	await phone.toggle("available");
	for (const tab of [first, second]) await tab.expect("me", "available");
	for (const tab of [bob, sue]) await tab.expect("ann", "available");
});

test("a toggle during the outage is carried out when the hub is back", async ({
	hub,
	devices,
	complaints,
}) => {
	complaints.allow(REFUSED);
	const ann = await (await devices.of("ann")).tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await sue.expect("ann", "available");
	await hub.kill();
	await expect(ann.page.getByTestId("conn-state")).toHaveAttribute("data-state", "reconnecting");
	await ann.toggle("busy");
	await expect(ann.page.getByTestId("status-option-busy")).toHaveAttribute("aria-busy", "true");
	await ann.expect("me", "available");
	await hub.start();
	await ann.expect("me", "busy");
	await sue.expect("ann", "busy");
});

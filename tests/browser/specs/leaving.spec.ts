/* Closing and reloading tabs: one person with many tabs is one person, and a reload is not seen. */

import type { Hub } from "../support/hub";
import { expect, test } from "../support/test";

const GRACE_MS = 3_000;
const QUIET = { ping_interval_ms: 1_000, pong_timeout_ms: 500 };
/* So many intervals of quiet are longer than the grace. */
const PAST_GRACE = 5;

test.use({ hubOptions: { reload_grace_ms: GRACE_MS, ...QUIET } });

/* As the hub knows them, not as a page shows them. */
async function sessionsOf(hub: Hub, user: string): Promise<number> {
	const { items } = await hub.api<{ items: unknown[] }>("GET", `/v1/users/${user}/sessions`);
	return items.length;
}

test("closing one of two tabs changes nothing, closing the last one does after the grace", async ({
	hub,
	devices,
}) => {
	const laptop = await devices.of("ann");
	const first = await laptop.tab();
	const second = await laptop.tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await sue.expect("ann", "available");

	await first.page.close();
	await expect.poll(() => sessionsOf(hub, "ann")).toBe(1);
	await sue.quietPings(PAST_GRACE);
	await sue.expect("ann", "available");
	await second.expect("me", "available");

	const closedAt = Date.now();
	await second.page.close();
	await sue.expect("ann", "offline");
	const shownAt = await sue.shownAt("ann", "offline", closedAt);
	/* A lost connection would linger for fifteen seconds: this one was left, and the hub knows. */
	expect(shownAt - closedAt).toBeGreaterThanOrEqual(GRACE_MS);
	expect(await sue.shown("ann")).toEqual(["available", "offline"]);
});

test("a reload is never seen", async ({ devices }) => {
	const ann = await (await devices.of("ann")).tab();
	const bob = await (await devices.of("bob")).tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await sue.expect("ann", "available");
	await bob.expect("ann", "available");

	for (let round = 0; round < 3; round++) {
		await ann.page.reload();
		await ann.live();
	}
	await sue.quietPings(PAST_GRACE);
	await ann.toggle("away");
	await sue.expect("ann", "away");
	await bob.expect("ann", "away");
	/* All that anybody has seen from beginning to end. */
	expect(await sue.shown("ann")).toEqual(["available", "away"]);
	expect(await bob.shown("ann")).toEqual(["available", "away"]);
});

test("a chosen status outlives its tabs", async ({ devices }) => {
	const laptop = await devices.of("ann");
	const first = await laptop.tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await first.toggle("busy");
	await sue.expect("ann", "busy");
	await first.page.close();
	await sue.expect("ann", "offline");

	const again = await laptop.tab();
	await again.expect("me", "busy");
	await sue.expect("ann", "busy");
	expect(await sue.shown("ann")).toEqual(["available", "busy", "offline", "busy"]);
});

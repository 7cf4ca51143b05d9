/*
 * A tab that nobody looks at is still there: the hub's own pings find it alive, whatever is done to its timers.
 *   hidden    really: another tab is in front and the browser throttles, for two minutes at the default pings
 *   stopped   no code of the page runs at all; two minutes are 4.8 ping intervals by default, here five short ones
 *   asleep    the page's clock jumps ahead, as after a closed lid: late timers meet a connection that is well
 *   frozen    as browsers put tabs away: on waking it finds its connection taken, and has another before it is missed
 */

import { withHidingTabs } from "../support/chromium";
import type { Hub } from "../support/hub";
import type { Tab } from "../support/tab";
import { expect, test } from "../support/test";

const TWO_MINUTES_MS = 120_000;
const DEFAULT_PING_MS = 25_000;
const PINGS = Math.ceil(TWO_MINUTES_MS / DEFAULT_PING_MS);

/* Short, yet longer than a busy machine lets a browser wait for its turn. */
const SHORT_PINGS = { ping_interval_ms: 1000, pong_timeout_ms: 900 };

async function deviceStates(hub: Hub, user: string): Promise<string[]> {
	const { items } = await hub.api<{ items: Array<{ state: string }> }>("GET", `/v1/users/${user}/sessions`);
	return items.map(({ state }) => state);
}

/** Another tab comes to the front. */
async function hide(tab: Tab): Promise<void> {
	await tab.page.context().newPage();
	await expect.poll(() => tab.page.evaluate(() => document.visibilityState)).toBe("hidden");
}

/** It is the same connection still, and works. */
async function expectUnbroken(tab: Tab, supervisor: Tab): Promise<void> {
	await tab.live();
	expect(tab.sockets).toBe(1);
	await tab.toggle("away");
	await supervisor.expect("ann", "away");
	expect(await supervisor.shown("ann")).toEqual(["offline", "available", "away"]);
}

test.describe("at the default pings", () => {
	test.setTimeout(TWO_MINUTES_MS + 2 * DEFAULT_PING_MS + 60_000);

	test("a tab hidden for two minutes does not flap", async ({ hub, devices }) => {
		const sue = await (await devices.of("sue")).tab("#/board");
		await sue.expect("ann", "offline");
		await withHidingTabs(async (browser) => {
			const ann = await (await devices.of("ann", { browser })).tab();
			await ann.page.evaluate(() => {
				const ticks: number[] = [];
				const tick = () => {
					ticks.push(Date.now());
					setTimeout(tick, 100);
				};
				tick();
				Object.assign(window, { ticks });
			});
			await hide(ann);
			await expect.poll(() => deviceStates(hub, "ann")).toEqual(["background"]);

			const hiddenAt = Date.now();
			while (Date.now() - hiddenAt < TWO_MINUTES_MS) await ann.quietPings(1);

			/* It has been a test only if the timers were held back: a tenth of a second has become a minute. */
			const ticks = await ann.page.evaluate(() => (window as unknown as { ticks: number[] }).ticks);
			expect(ticks.filter((at) => at >= hiddenAt + TWO_MINUTES_MS / 2).length).toBeLessThanOrEqual(3);

			await ann.page.bringToFront();
			await expect.poll(() => deviceStates(hub, "ann")).toEqual(["active"]);
			await expectUnbroken(ann, sue);
		});
	});
});

test.describe("at short pings", () => {
	/* Whoever is taken for gone is seen to go. */
	test.use({ hubOptions: { ...SHORT_PINGS, linger_ms: 100, reload_grace_ms: 100 } });

	test("a tab whose code is stopped does not flap", async ({ devices }) => {
		const sue = await (await devices.of("sue")).tab("#/board");
		await sue.expect("ann", "offline");
		const ann = await (await devices.of("ann")).tab();
		const debug = await ann.page.context().newCDPSession(ann.page);
		await debug.send("Debugger.enable");
		const stopped = new Promise((resolve) => debug.once("Debugger.paused", resolve));
		const told = debug.send("Runtime.evaluate", { expression: "debugger" });
		await stopped;
		await sue.quietPings(PINGS);
		await debug.send("Debugger.resume");
		await told;
		await debug.detach();
		await expectUnbroken(ann, sue);
	});

	test("a page whose clock jumps ahead keeps its connection", async ({ devices }) => {
		const sue = await (await devices.of("sue")).tab("#/board");
		await sue.expect("ann", "offline");
		const laptop = await devices.of("ann");
		await laptop.context.clock.install();
		const ann = await laptop.tab();
		/* What came due meanwhile runs once, late: with these pings a minute is far more than silence. */
		for (let minute = 0; minute < 2; minute++) {
			await ann.page.clock.fastForward("01:00");
			await ann.quietPings(PINGS);
		}
		await expectUnbroken(ann, sue);
	});
});

test.describe("at short pings and the default graces", () => {
	test.use({ hubOptions: SHORT_PINGS });

	test("a frozen tab does not flap", async ({ devices, complaints }) => {
		complaints.allow(/^WebSocket connection to .* failed: Page entered Back-Forward Cache/);
		const sue = await (await devices.of("sue")).tab("#/board");
		await sue.expect("ann", "offline");
		await withHidingTabs(async (browser) => {
			const ann = await (await devices.of("ann", { browser })).tab();
			await ann.page.evaluate(() => {
				document.addEventListener("freeze", () => Object.assign(window, { wasFrozen: true }));
			});
			await hide(ann);
			const tools = await ann.page.context().newCDPSession(ann.page);
			await tools.send("Page.setWebLifecycleState", { state: "frozen" });
			await sue.quietPings(PINGS);
			await tools.send("Page.setWebLifecycleState", { state: "active" });
			expect(await ann.page.evaluate(() => "wasFrozen" in window)).toBe(true);

			await ann.page.bringToFront();
			await ann.live();
			await ann.toggle("away");
			await sue.expect("ann", "away");
			expect(await sue.shown("ann")).toEqual(["offline", "available", "away"]);
		});
	});
});

/* The main job: a toggle in one place is seen in all the others. */

import { figure } from "../support/figures";
import type { Tab } from "../support/tab";
import { expect, test } from "../support/test";

const ROUNDS = 12;

interface Watcher {
	name: string;
	tab: Tab;
	/** As whom this page knows the person who toggles. */
	whom: string;
}

/** Toggles, waits until every page shows it, and answers how long each page took from the click on. */
async function toggleSeenBy(from: Tab, status: string, watchers: readonly Watcher[]): Promise<number[]> {
	await from.toggle(status);
	for (const { tab, whom } of watchers) await tab.expect(whom, status);
	const clicked = await from.lastClick();
	const shown = await Promise.all(watchers.map(({ tab, whom }) => tab.shownAt(whom, status, clicked)));
	for (const at of shown) expect(at).not.toBeNaN();
	return shown.map((at) => at - clicked);
}

function figures(watchers: readonly Watcher[], times: readonly number[][]): void {
	for (const [n, { name }] of watchers.entries())
		figure(
			`from the click to ${name}`,
			times.map((row) => row[n] ?? Number.NaN),
		);
}

test("two agents and a supervisor see each other's toggles", async ({ devices }) => {
	const ann = await (await devices.of("ann")).tab();
	const bob = await (await devices.of("bob")).tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await sue.expect("ann", "available");
	await sue.expect("bob", "available");

	const ofAnn: Watcher[] = [
		{ name: "one's own page", tab: ann, whom: "me" },
		{ name: "a colleague's page", tab: bob, whom: "ann" },
		{ name: "the supervisor's board", tab: sue, whom: "ann" },
	];
	const times: number[][] = [];
	for (let round = 0; round < ROUNDS; round++)
		times.push(await toggleSeenBy(ann, round % 2 ? "available" : "away", ofAnn));
	figures(ofAnn, times);

	await bob.toggle("busy");
	await bob.expect("me", "busy");
	await ann.expect("bob", "busy");
	await sue.expect("bob", "busy");
	await expect(sue.page.getByTestId("count-busy")).toHaveAttribute("data-count", "1");
});

test("two tabs and a phone of one agent and a supervisor show the same truth", async ({ devices }) => {
	const laptop = await devices.of("ann");
	const first = await laptop.tab();
	const second = await laptop.tab();
	const phone = await (await devices.of("ann", { phone: true })).tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await sue.expect("ann", "available");
	const watchers: Watcher[] = [
		{ name: "the first tab", tab: first, whom: "me" },
		{ name: "the second tab", tab: second, whom: "me" },
		{ name: "the phone", tab: phone, whom: "me" },
		{ name: "the supervisor's board", tab: sue, whom: "ann" },
	];

	const times: number[][] = [];
	const statuses = ["away", "busy", "offline", "available"];
	for (let round = 0; round < ROUNDS; round++) {
		const from = [first, second, phone][round % 3] ?? first;
		times.push(await toggleSeenBy(from, statuses[round % 4] ?? "away", watchers));
	}
	figures(watchers, times);

	/* Each page has shown each status once and in the same order: nobody saw another history. */
	const history = Array.from({ length: ROUNDS }, (_, n) => statuses[n % 4]);
	for (const { tab, whom } of watchers) expect((await tab.shown(whom)).slice(-ROUNDS)).toEqual(history);
});

test("a person in another team sees nothing of it", async ({ devices }) => {
	const ann = await (await devices.of("ann")).tab();
	const cat = await (await devices.of("cat")).tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await sue.expect("cat", "available");

	await ann.toggle("busy");
	await sue.expect("ann", "busy");
	/* What the hub says to cat comes in order: her own toggle would come after ann's. */
	await cat.toggle("away");
	await cat.expect("me", "away");
	expect(await cat.shown("ann")).toEqual([]);
});

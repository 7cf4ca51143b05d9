/* What goes with a status: the workspace's own statuses, a note, an end. */

import { expect } from "@playwright/test";
import { test } from "../support/test";

const statuses = [
	{ id: "lunch", label: "Lunch", base: "away", accepting: false },
	{ id: "training", label: "Training", base: "busy", accepting: false },
];

test("a status of the workspace's own, with a note", async ({ hub, devices }) => {
	await hub.api("PATCH", "/v1/workspace", { statuses });
	const ann = await (await devices.of("ann")).tab();
	const bob = await (await devices.of("bob")).tab();
	const sue = await (await devices.of("sue")).tab("#/board");

	await ann.page.getByTestId("note-input").fill("back at one");
	await ann.toggle("lunch");
	await ann.expect("me", "lunch");
	await expect(ann.page.getByTestId("status-current")).toHaveText("Lunch");
	await bob.expect("ann", "lunch");
	await expect(bob.person("ann")).toContainText("back at one");
	await sue.expect("ann", "lunch");
	await expect(sue.person("ann")).toHaveAttribute("data-base", "away");
	await expect(sue.person("ann")).toContainText("Lunch");
	await expect(sue.person("ann")).toContainText("back at one");
	await expect(sue.page.getByTestId("count-away")).toHaveAttribute("data-count", "1");

	await ann.page.getByTestId("note-input").fill("back at two");
	await ann.page.getByTestId("note-save").click();
	await expect(sue.person("ann")).toContainText("back at two");
	await ann.toggle("available");
	await sue.expect("ann", "available");
	await expect(sue.person("ann")).not.toContainText("back at");
});

test("statuses that are added are there without a reload", async ({ hub, devices }) => {
	const ann = await (await devices.of("ann")).tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await sue.expect("ann", "available");
	await hub.api("PATCH", "/v1/workspace", { statuses });
	await ann.toggle("training");
	await sue.expect("ann", "training");
	await expect(sue.person("ann")).toContainText("Training");
});

test("a new note keeps what was chosen, whatever business hours make of it", async ({ hub, devices }) => {
	const focus = { id: "focus", label: "Focus", base: "available", accepting: true };
	await hub.api("PATCH", "/v1/workspace", { statuses: [...statuses, focus] });
	const laptop = await (await devices.of("ann")).tab();
	const phone = await (await devices.of("ann", { phone: true })).tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await laptop.toggle("focus");
	await sue.expect("ann", "focus");

	const notToday = ((new Date().getUTCDay() + 2) % 7) + 1;
	const open = [{ day: notToday, from: "09:00", to: "10:00" }];
	await hub.api("PATCH", "/v1/workspace", { schedule: { zone: "UTC", open } });
	await sue.expect("ann", "away");
	await expect(laptop.page.getByTestId("status-option-focus")).toHaveAttribute("aria-pressed", "true");
	await laptop.page.getByTestId("note-input").fill("quarterly report");
	await laptop.page.getByTestId("note-save").click();
	await expect(phone.page.getByTestId("note-input")).toHaveValue("quarterly report");
	await hub.api("PATCH", "/v1/workspace", { schedule: null });
	await sue.expect("ann", "focus");
});

test("an end is shown everywhere and can be taken back", async ({ devices }) => {
	const laptop = await (await devices.of("ann")).tab();
	const phone = await (await devices.of("ann", { phone: true })).tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await laptop.toggle("away");
	await laptop.expect("me", "away");

	await laptop.page.getByTestId("expiry-15").click();
	const end = laptop.page.getByTestId("expiry-current");
	await expect(end).toHaveText(/^\d\d:\d\d$/);
	const at = await end.textContent();
	await expect(phone.page.getByTestId("expiry-current")).toHaveText(at ?? "");
	await expect(sue.person("ann")).toContainText(`${at}`);

	await phone.page.getByTestId("expiry-clear").click();
	await expect(end).toHaveCount(0);
	await expect(sue.person("ann")).not.toContainText(`${at}`);
	await sue.expect("ann", "away");
});

test("a status with an end returns by itself, not before", async ({ hub, devices }) => {
	const laptop = await devices.of("ann");
	const ann = await laptop.tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await sue.expect("ann", "available");

	/* As the page would say it, were its shortest end not a quarter of an hour. */
	const until = Date.now() + 1_500;
	const choice = { status: "busy", note: "on a call", until: new Date(until).toISOString() };
	await hub.api("PUT", "/v1/me/presence", choice, laptop.token);
	for (const [tab, whom] of [
		[ann, "me"],
		[sue, "ann"],
	] as const) {
		await expect.poll(() => tab.shown(whom)).toEqual(["available", "busy", "available"]);
		expect(await tab.shownAt(whom, "available", until - 1_000)).toBeGreaterThanOrEqual(until);
	}
	await expect(sue.person("ann")).not.toContainText("on a call");
});

test("of clicks faster than answers none is lost and the last one holds", async ({ devices }) => {
	const ann = await (await devices.of("ann")).tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await sue.expect("ann", "available");
	await ann.page.getByTestId("note-input").fill("back soon");
	await ann.page.evaluate(() => {
		const click = (id: string) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`)?.click();
		click("status-option-away");
		click("note-save");
		click("status-option-busy");
	});
	await sue.expect("ann", "busy");
	await expect(sue.person("ann")).toContainText("back soon");
	await ann.expect("me", "busy");
});

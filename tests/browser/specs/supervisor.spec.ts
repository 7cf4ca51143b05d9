/* What a supervisor does about others, and how they hear of it; and doing without a mouse. */

import { expect } from "@playwright/test";
import { tabTo } from "../support/keyboard";
import { test } from "../support/test";

test("a forced status is told to the agent in every tab", async ({ devices }) => {
	const laptop = await devices.of("ann");
	const first = await laptop.tab();
	const second = await laptop.tab();
	const bob = await (await devices.of("bob")).tab();
	const sue = await (await devices.of("sue")).tab("#/board");

	await sue.page.getByTestId("person-act-ann").click();
	const dialog = sue.page.getByRole("dialog", { name: "Ann Weber" });
	await dialog.locator("label").filter({ hasText: "Busy" }).click();
	await dialog.getByTestId("force-reason").fill("please help with the queue");
	await dialog.getByTestId("force-submit").click();
	await expect(dialog).toHaveCount(0);

	for (const tab of [first, second]) {
		const notice = tab.page.getByTestId("notice");
		await expect(notice).toContainText("Sue Larsen set you to Busy");
		await expect(notice).toContainText("please help with the queue");
		await tab.expect("me", "busy");
	}
	await sue.expect("ann", "busy");
	await bob.expect("ann", "busy");
	await expect(bob.page.getByTestId("notice")).toHaveCount(0);

	/* The agent has the last word. */
	await first.page.getByTestId("notice").getByRole("button", { name: "Dismiss" }).click();
	await expect(first.page.getByTestId("notice")).toHaveCount(0);
	await second.toggle("available");
	await sue.expect("ann", "available");
});

test("an agent has a board of their team and no means to act on others", async ({ devices }) => {
	const ann = await (await devices.of("ann")).tab("#/board");
	await ann.expect("bob", "offline");
	await expect(ann.page.getByTestId("person-cat")).toHaveCount(0);
	await expect(ann.page.locator('[data-testid^="person-act-"]')).toHaveCount(0);
});

test("the toggle works with the keyboard alone", async ({ devices }) => {
	const ann = await (await devices.of("ann")).tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await tabTo(ann.page, "status-option-away");
	await ann.page.keyboard.press("Enter");
	await ann.expect("me", "away");
	await sue.expect("ann", "away");
	await tabTo(ann.page, "note-input");
	await ann.page.keyboard.type("at the dentist");
	await ann.page.keyboard.press("Enter");
	await expect(sue.person("ann")).toContainText("at the dentist");
	await ann.page.keyboard.press("Shift+Tab");
	await expect(ann.page.getByTestId("status-option-offline")).toBeFocused();
	await ann.page.keyboard.press("Space");
	await sue.expect("ann", "offline");
});

test("a supervisor acts with the keyboard alone", async ({ devices }) => {
	const ann = await (await devices.of("ann")).tab();
	const { page } = await (await devices.of("sue")).tab("#/board");
	await expect(page.getByTestId("person-ann")).toHaveAttribute("data-status", "available");
	await tabTo(page, "person-act-ann");
	await page.keyboard.press("Enter");
	await expect(page.getByRole("dialog")).toBeVisible();
	await tabTo(page, "force-status-available");
	await page.keyboard.press("ArrowRight");
	await expect(page.getByTestId("force-status-away")).toBeChecked();
	await tabTo(page, "force-reason");
	await page.keyboard.type("take a break");
	await page.keyboard.press("Enter");
	await ann.expect("me", "away");
	await expect(page.getByRole("dialog")).toHaveCount(0);
	await expect(page.getByTestId("person-act-ann")).toBeFocused();

	await page.keyboard.press("Enter");
	await expect(page.getByRole("dialog")).toBeVisible();
	await page.keyboard.press("Escape");
	await expect(page.getByRole("dialog")).toHaveCount(0);
});

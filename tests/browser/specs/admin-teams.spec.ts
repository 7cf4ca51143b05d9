/* Teams: one browser changes them, the members' pages and another admin's follow at once. */

import { expect, test } from "../support/test";

test("A15 a team is made, filled, renamed and deleted, and its people see it", async ({ hub, devices }) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const { page } = await (await devices.of("olga")).tab("#/admin/teams");
	const sue = (await (await devices.of("sue")).tab("#/admin/teams")).page;
	const cat = await (await devices.of("cat")).tab();
	await expect(sue.getByTestId("team-support")).toBeVisible();

	await page.getByTestId("team-add").click();
	await page.getByTestId("team-name").fill("support");
	await page.getByTestId("team-lead").selectOption("cat");
	await page.getByTestId("members-cat").check();
	await page.getByTestId("team-save").click();
	await expect(page.getByText("This is taken already.")).toBeVisible();
	await page.getByTestId("team-name").fill("Nights");
	await page.getByTestId("team-save").click();
	await expect(page.getByRole("dialog")).toHaveCount(0);

	const seen = sue.getByRole("listitem").filter({ hasText: "Nights" });
	await expect(seen).toContainText("1 member, led by Cat Moreau");
	await page.getByRole("button", { name: "Open Nights" }).click();
	await page.getByTestId("member-choose").selectOption("ann");
	await page.getByTestId("member-add").click();
	await expect(page.getByTestId("member-ann")).toBeVisible();
	await expect(seen).toContainText("2 members");
	await cat.expect("ann", "offline");
	await expect(cat.page.getByRole("heading", { name: "Nights" })).toBeVisible();

	await page.getByTestId("team-name").fill("Night shift");
	await page.getByTestId("team-save").click();
	await expect(cat.page.getByRole("heading", { name: "Night shift" })).toBeVisible();
	const renamed = sue.getByRole("listitem").filter({ hasText: "Night shift" });
	await expect(renamed).toBeVisible();

	await renamed.getByRole("button").click();
	await sue.getByTestId("member-remove-ann").click();
	await expect(sue.getByTestId("member-ann")).toHaveCount(0);
	await expect(cat.person("ann")).toHaveCount(0);

	await sue.getByTestId("team-delete").click();
	await sue.getByTestId("team-delete-yes").click();
	await expect(sue.getByRole("dialog")).toHaveCount(0);
	await expect(page.getByRole("listitem").filter({ hasText: "Night shift" })).toHaveCount(0);
});

test("A15 a team can be filled on a phone, by touch", async ({ hub, devices }) => {
	const { page } = await (await devices.of("olga", { phone: true })).tab("#/admin/teams");
	await page.getByTestId("team-open-sales").tap();
	await page.getByTestId("member-choose").selectOption("bob");
	await page.getByTestId("member-add").tap();
	await expect(page.getByTestId("member-bob")).toBeVisible();
	const { members } = await hub.api<{ members: string[] }>("GET", "/v1/teams/sales");
	expect([...members].sort()).toEqual(["bob", "cat"]);
	const width = await page.evaluate(() => document.documentElement.scrollWidth);
	expect(width).toBeLessThanOrEqual(375);
});

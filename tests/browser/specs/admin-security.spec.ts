/* Help for who lost their second factor, and looking through others' eyes from where they are. */

import { expect, test } from "../support/test";
import { App } from "../support/totp";

test("A12 an admin resets a second factor, and its person and another admin see it", async ({
	hub,
	devices,
}) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const laptop = await devices.of("ann");
	const { secret } = await hub.api<{ secret: string }>("POST", "/v1/me/totp", {}, laptop.token);
	await hub.api("POST", "/v1/me/totp/confirm", { code: new App(secret).code() }, laptop.token);

	const ann = (await laptop.tab("#/security")).page;
	const { page } = await (await devices.of("olga")).tab("#/admin/security");
	const sue = (await (await devices.of("sue")).tab("#/admin/security")).page;
	await expect(ann.getByTestId("factor-state")).toHaveAttribute("data-enrolled", "true");
	await expect(sue.getByTestId("enrolled-count")).toContainText("1 of 5");

	await page.getByTestId("reset-factor").click();
	await expect(page.getByText("Please fill this in.")).toBeVisible();
	await page.getByTestId("reset-user").selectOption("bob");
	await page.getByTestId("reset-factor").click();
	await expect(page.getByTestId("reset-factor-error")).toHaveText("This person has no second factor.");
	await page.getByTestId("reset-user").selectOption("ann");
	await page.getByTestId("reset-factor").click();
	await expect(page.getByText("Ann Weber has no second factor any more.")).toBeVisible();
	await expect(ann.getByTestId("factor-state")).toHaveAttribute("data-enrolled", "false");
	await expect(sue.getByTestId("enrolled-count")).toContainText("0 of 5");
});

test("A14 a view starts where the person or role is; its admin pages are only to be looked at", async ({
	devices,
}) => {
	const olga = await (await devices.of("olga")).tab("#/admin/users");
	const { page } = olga;
	const banner = page.getByTestId("view-banner");
	await page.getByTestId("user-open-ann").click();
	await page.getByTestId("view-as").click();
	await expect(banner).toContainText("You see Muster as Ann Weber does.");
	await expect(page.getByTestId("nav-admin")).toHaveCount(0);
	await page.getByTestId("view-stop").click();
	await expect(banner).toHaveCount(0);

	await olga.live();
	await page.getByTestId("nav-admin").click();
	await page.getByTestId("admin-nav-roles").click();
	await page.getByTestId("role-open-admin").click();
	await page.getByTestId("view-as").click();
	await expect(banner).toContainText("You see Muster as the role Admin does.");
	await page.getByTestId("admin-nav-teams").click();
	await page.getByTestId("team-add").click();
	await page.getByTestId("team-name").fill("Nights");
	await page.getByTestId("team-save").click();
	await expect(page.getByTestId("team-save-error")).not.toBeEmpty();
	await page.keyboard.press("Escape");
	await expect(page.getByTestId("team-support")).toBeVisible();
	await expect(page.getByRole("listitem").filter({ hasText: "Nights" })).toHaveCount(0);
});

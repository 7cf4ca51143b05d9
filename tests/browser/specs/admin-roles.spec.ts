/* Roles: one browser changes them, others see it live, and who loses a right loses its pages at once. */

import type { Page } from "@playwright/test";
import { expect, test } from "../support/test";

const role = (page: Page, id: string) => page.getByTestId(`role-${id}`);

test("A8 a role is made and changed, and another admin and its holders see it at once", async ({
	hub,
	devices,
}) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const { page } = await (await devices.of("olga")).tab("#/admin/roles");
	const sue = (await (await devices.of("sue")).tab("#/admin/roles")).page;
	const ann = (await (await devices.of("ann")).tab()).page;
	await expect(role(sue, "agent")).toBeVisible();
	await expect(ann.getByTestId("nav-admin")).toHaveCount(0);

	await page.getByTestId("role-add").click();
	const dialog = page.getByRole("dialog", { name: "Add a role" });
	await dialog.getByTestId("role-save").click();
	await expect(dialog.getByTestId("role-name")).toBeFocused();
	await expect(dialog.getByText("Please fill this in.")).toBeVisible();
	await dialog.getByTestId("role-name").fill("agent");
	await dialog.getByTestId("level-contacts-edit").check();
	await dialog.getByTestId("permission-roles.manage").check();
	await dialog.getByTestId("role-save").click();
	await expect(dialog.getByTestId("role-name")).toHaveAttribute("aria-invalid", "true");
	await expect(dialog.getByText("This is taken already.")).toBeVisible();
	await dialog.getByTestId("role-name").fill("Night desk");
	await dialog.getByTestId("role-save").click();
	await expect(dialog).toHaveCount(0);

	const made = page.getByRole("listitem").filter({ hasText: "Night desk" });
	const seen = sue.getByRole("listitem").filter({ hasText: "Night desk" });
	await expect(seen).toBeVisible();
	const id = ((await seen.getAttribute("data-testid")) ?? "").replace(/^role-/, "");
	await hub.api("PUT", "/v1/users/ann/roles", { roles: ["agent", id] });
	await expect(made).toContainText("1 person");
	await expect(seen).toContainText("1 person");
	await ann.getByTestId("nav-admin").click();
	await expect(ann.getByTestId("admin-roles")).toBeVisible();

	/* As the other admin finds it, with the level that was chosen. */
	await seen.getByRole("button").click();
	await expect(sue.getByTestId("module-contacts")).toHaveAttribute("data-level", "edit");
	await sue.keyboard.press("Escape");

	await made.getByRole("button").click();
	await page.getByTestId("level-contacts-view").check();
	await page.getByTestId("permission-roles.manage").uncheck();
	await page.getByTestId("role-save").click();
	await expect(ann.getByTestId("admin-roles")).toHaveCount(0);
	await expect(ann.getByTestId("nav-admin")).toHaveCount(0);
	await expect(ann.getByTestId("status-current")).toBeVisible();
	await seen.getByRole("button").click();
	await expect(sue.getByTestId("module-contacts")).toHaveAttribute("data-level", "view");
});

test("A8 a role in use asks for another one when it is deleted", async ({ hub, devices }) => {
	await hub.api("POST", "/v1/roles", { id: "night", name: "Night desk", permissions: ["roles.manage"] });
	await hub.api("PUT", "/v1/users/ann/roles", { roles: ["night"] });
	const { page } = await (await devices.of("olga")).tab("#/admin/roles");
	const ann = (await (await devices.of("ann")).tab("#/admin/roles")).page;
	await expect(role(ann, "night")).toBeVisible();

	await page.getByTestId("role-open-night").click();
	await page.getByTestId("role-delete").click();
	await page.getByTestId("role-delete-yes").click();
	await expect(page.getByRole("alert")).toBeVisible();
	await page.getByTestId("role-replacement").selectOption("agent");
	await page.getByTestId("role-delete-yes").click();
	await expect(page.getByRole("dialog")).toHaveCount(0);
	await expect(role(page, "night")).toHaveCount(0);
	await expect(ann.getByTestId("admin-roles")).toHaveCount(0);
	expect((await hub.api<{ roles: string[] }>("GET", "/v1/users/ann")).roles).toEqual(["agent"]);
});

test("A8 nobody gives what they don't hold", async ({ hub, devices }) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const sue = (await (await devices.of("sue")).tab("#/admin/roles")).page;
	await sue.getByTestId("role-open-agent").click();
	await expect(sue.getByTestId("permission-audit.view")).toBeEnabled();
	await expect(sue.getByTestId("permission-owner.transfer")).toBeDisabled();
	await sue.keyboard.press("Escape");
	await sue.getByTestId("role-open-owner").click();
	await expect(sue.getByTestId("role-save")).toHaveCount(0);
	await expect(sue.getByTestId("permission-audit.view")).toBeDisabled();
});

test("A7 a pack is loaded, and its roles are there for everybody who manages roles", async ({
	hub,
	devices,
}) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const { page } = await (await devices.of("olga")).tab("#/admin/roles");
	const sue = (await (await devices.of("sue")).tab("#/admin/roles")).page;
	await expect(role(sue, "agent")).toBeVisible();
	const before = await sue.getByTestId(/^role-open-/).count();

	await page.getByTestId("role-packs").click();
	const load = page.getByTestId(/^pack-load-/).first();
	await load.click();
	await expect(load).toHaveText("Loaded");
	await expect(load).toBeDisabled();
	const more = await page.locator(".pack").first().locator(".badge").count();
	expect(more).toBeGreaterThan(0);
	await expect(sue.getByTestId(/^role-open-/)).toHaveCount(before + more);
});

test("A5 an admin who is demoted loses the pages at once, whatever is open", async ({ hub, devices }) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const laptop = await devices.of("sue");
	const first = (await laptop.tab("#/admin/teams")).page;
	const second = (await laptop.tab("#/admin/security")).page;
	await first.getByTestId("team-open-sales").click();
	await expect(first.getByRole("dialog", { name: "Sales" })).toBeVisible();
	await expect(second.getByTestId("require-2fa")).toBeVisible();

	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["agent"] });
	for (const page of [first, second]) {
		await expect(page.getByTestId("nav-admin")).toHaveCount(0);
		await expect(page.getByTestId("status-current")).toBeVisible();
		await expect(page.getByRole("dialog")).toHaveCount(0);
	}
	await first.goto(`${hub.url}/#/admin/roles`);
	await expect(first.getByTestId("status-current")).toBeVisible();
});

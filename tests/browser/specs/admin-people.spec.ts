/* People: one browser adds, changes, shuts out and removes them; another admin and the person see it live. */

import type { Page } from "@playwright/test";
import type { Hub } from "../support/hub";
import { tabTo } from "../support/keyboard";
import { emailOf } from "../support/template";
import { expect, test } from "../support/test";

const user = (page: Page, id: string) => page.getByTestId(`user-${id}`);

/* The program itself has made the owner, and their id. */
async function ownerOf(hub: Hub): Promise<string> {
	const { items } = await hub.api<{ items: Array<{ id: string; owner: boolean }> }>("GET", "/v1/users");
	return items.find(({ owner }) => owner)?.id ?? "";
}

test("A2 a person is added, and another admin sees them and the seat at once", async ({ hub, devices }) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const { page } = await (await devices.of("olga")).tab("#/admin/users");
	const sue = (await (await devices.of("sue")).tab("#/admin/users")).page;
	await expect(user(sue, "ann")).toBeVisible();
	await expect(sue.getByTestId("seats")).toHaveAttribute("data-used", "5");

	await page.getByTestId("user-add").click();
	await page.getByTestId("user-save").click();
	await expect(page.getByText("Please fill this in.")).toHaveCount(4);
	await expect(page.getByTestId("user-name")).toBeFocused();
	await page.getByTestId("user-name").fill("Dan Osei");
	await page.getByTestId("user-email").fill(emailOf("ann"));
	await page.getByTestId("user-phone").fill("+44 20 7946 0018");
	await page.getByTestId("user-password").fill("marble orchard 2281");
	await page.getByTestId("user-password-again").fill("marble orchard");
	await page.getByTestId("user-save").click();
	await expect(page.getByText("Choose one or more.")).toBeVisible();
	await page.getByTestId("roles-agent").check();
	await page.getByTestId("teams-sales").check();
	await page.getByTestId("user-save").click();
	await expect(page.getByText("This is not the same as above.")).toBeVisible();
	await page.getByTestId("user-password-again").fill("marble orchard 2281");
	await page.getByTestId("user-save").click();
	await expect(page.getByTestId("user-email")).toHaveAttribute("aria-invalid", "true");
	await expect(page.getByTestId("user-email")).toBeFocused();
	await page.getByTestId("user-email").fill("dan@acme.test");
	await page.getByTestId("user-password").fill("short");
	await page.getByTestId("user-password-again").fill("short");
	await page.getByTestId("user-save").click();
	await expect(page.getByTestId("user-password")).toHaveAttribute("aria-invalid", "true");
	await page.getByTestId("user-password").fill("marble orchard 2281");
	await page.getByTestId("user-password-again").fill("marble orchard 2281");
	await page.getByTestId("user-save").click();
	await expect(page.getByRole("dialog")).toHaveCount(0);

	const seen = sue.getByRole("listitem").filter({ hasText: "Dan Osei" });
	await expect(seen).toContainText("dan@acme.test");
	await expect(seen).toContainText("Agent");
	await expect(seen).toContainText("Sales");
	await expect(sue.getByTestId("seats")).toHaveAttribute("data-used", "6");
});

test("A4 A5 a person is changed, and their open page and another admin follow", async ({ hub, devices }) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const { page } = await (await devices.of("olga")).tab("#/admin/users");
	const sue = (await (await devices.of("sue")).tab("#/admin/users")).page;
	const ann = (await (await devices.of("ann")).tab()).page;
	await expect(ann.getByTestId("nav-admin")).toHaveCount(0);

	await page.getByTestId("user-open-ann").click();
	await expect(page.getByTestId("user-email")).not.toBeEditable();
	await page.getByTestId("user-name").fill("Ann Weber-Diaz");
	await page.getByTestId("user-capacity").fill("-1");
	await page.getByTestId("user-save").click();
	await expect(page.getByTestId("user-capacity")).toHaveAttribute("aria-invalid", "true");
	await page.getByTestId("user-capacity").fill("8");
	await page.getByTestId("roles-supervisor").check();
	await page.getByTestId("teams-support").uncheck();
	await page.getByTestId("teams-sales").check();
	await page.getByTestId("user-save").click();
	await expect(page.getByRole("dialog")).toHaveCount(0);

	await expect(ann.getByText("Ann Weber-Diaz").first()).toBeVisible();
	await expect(user(sue, "ann")).toContainText("Ann Weber-Diaz");
	await expect(user(sue, "ann")).toContainText("Supervisor");
	await expect(user(sue, "ann")).toContainText("Sales");
	await expect(user(sue, "ann")).not.toContainText("Support");
	await ann.getByTestId("nav-admin").click();
	await expect(user(ann, "ann")).toBeVisible();
	/* A supervisor sees people, and changes nothing. */
	await expect(ann.getByTestId("user-add")).toHaveCount(0);
	await ann.getByTestId("user-open-bob").click();
	await expect(ann.getByRole("dialog")).toContainText(emailOf("bob"));
	await expect(ann.getByTestId("user-save")).toHaveCount(0);

	await hub.api("PUT", "/v1/users/ann/roles", { roles: ["agent"] });
	await expect(ann.getByTestId("admin-users")).toHaveCount(0);
	await expect(ann.getByTestId("nav-admin")).toHaveCount(0);
	await expect(user(sue, "ann")).not.toContainText("Supervisor");
});

test("A9 A10 a person is shut out, let in again and removed", async ({ hub, devices, complaints }) => {
	complaints.allow(/^Failed to load resource: the server responded with a status of 401/);
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const { page } = await (await devices.of("olga")).tab("#/admin/users");
	const sue = (await (await devices.of("sue")).tab("#/admin/users")).page;
	const ann = (await (await devices.of("ann")).tab()).page;
	await expect(user(sue, "ann")).toHaveAttribute("data-state", "active");

	await page.getByTestId("user-open-ann").click();
	await page.getByTestId("user-deactivate").click();
	await expect(page.getByRole("button", { name: "Cancel" })).toBeFocused();
	await page.getByTestId("user-deactivate-yes").click();
	await expect(page.getByTestId("user-reactivate")).toBeVisible();
	await expect(ann.getByTestId("login-notice")).toContainText("deactivated");
	await expect(user(sue, "ann")).toHaveAttribute("data-state", "deactivated");
	await expect(sue.getByTestId("seats")).toHaveAttribute("data-used", "4");

	await page.getByTestId("user-reactivate").click();
	await expect(page.getByTestId("user-deactivate")).toBeVisible();
	await expect(user(sue, "ann")).toHaveAttribute("data-state", "active");
	await expect(sue.getByTestId("seats")).toHaveAttribute("data-used", "5");

	/* It is open in the other browser, too. */
	await sue.getByTestId("user-open-ann").click();
	await page.getByTestId("user-remove").click();
	await page.getByTestId("user-remove-yes").click();
	await expect(page.getByRole("dialog")).toHaveCount(0);
	await expect(sue.getByRole("dialog")).toHaveCount(0);
	await expect(user(sue, "ann")).toHaveCount(0);

	/* Nothing of it is to be done to the owner, or to oneself. */
	for (const id of [await ownerOf(hub), "sue"]) {
		await sue.getByTestId(`user-open-${id}`).click();
		await expect(sue.getByTestId("user-save")).toBeVisible();
		await expect(sue.getByTestId("user-remove")).toHaveCount(0);
		await expect(sue.getByTestId("user-deactivate")).toHaveCount(0);
		await sue.keyboard.press("Escape");
	}
});

test("A10 several people are removed at once, and each row says whether it was done", async ({
	hub,
	devices,
}) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const { page } = await (await devices.of("olga")).tab("#/admin/users");
	const sue = (await (await devices.of("sue")).tab("#/admin/users")).page;
	const olga = await ownerOf(hub);
	for (const id of ["ann", "cat", olga]) await page.getByTestId(`user-pick-${id}`).check();
	await page.getByTestId("users-remove").click();
	await expect(page.getByRole("dialog", { name: "Remove 3 people?" })).toBeVisible();
	await page.getByTestId("users-remove-yes").click();
	await expect(page.getByTestId("removal-ann")).toHaveAttribute("data-ok", "true");
	await expect(page.getByTestId("removal-cat")).toHaveAttribute("data-ok", "true");
	await expect(page.getByTestId(`removal-${olga}`)).toHaveAttribute("data-ok", "false");
	await expect(page.getByTestId(`removal-${olga}`).locator(".field-error")).not.toBeEmpty();
	await expect(user(sue, "ann")).toHaveCount(0);
	await expect(user(sue, "cat")).toHaveCount(0);
	await expect(user(sue, olga)).toBeVisible();
	await expect(sue.getByTestId("seats")).toHaveAttribute("data-used", "3");
});

test("A11 the workspace is handed over, and everybody sees who owns it", async ({ hub, devices }) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const { page } = await (await devices.of("olga")).tab("#/admin/users");
	const sue = (await (await devices.of("sue")).tab("#/admin/users")).page;
	const olga = await ownerOf(hub);
	await sue.getByTestId("user-open-ann").click();
	await expect(sue.getByTestId("user-save")).toBeVisible();
	await expect(sue.getByTestId("owner-transfer")).toHaveCount(0);
	await sue.keyboard.press("Escape");

	await page.getByTestId("user-open-sue").click();
	await page.getByTestId("owner-transfer").click();
	await expect(page.getByText("Only Sue Larsen can give it back.")).toBeVisible();
	await page.getByTestId("owner-transfer-yes").click();
	await expect(page.getByRole("dialog")).toHaveCount(0);
	for (const one of [page, sue]) {
		await expect(user(one, "sue").getByText("Owner", { exact: true }).first()).toBeVisible();
		await expect(user(one, olga)).toContainText("Admin");
		await expect(user(one, olga)).not.toContainText("Owner");
	}
	await sue.getByTestId(`user-open-${olga}`).click();
	await expect(sue.getByTestId("owner-transfer")).toBeVisible();
	await page.getByTestId("user-open-ann").click();
	await expect(page.getByTestId("user-save")).toBeVisible();
	await expect(page.getByTestId("owner-transfer")).toHaveCount(0);
});

test("A13 a full plan refuses in words", async ({ hub, devices }) => {
	await hub.tell("seats", "set", "--limit", "5", "--plan", "Growth");
	const { page } = await (await devices.of("olga")).tab("#/admin/users");
	await expect(page.getByTestId("seats")).toContainText("5 of 5 seats taken · Growth");
	await page.getByTestId("user-add").click();
	await page.getByTestId("user-name").fill("Dan Osei");
	await page.getByTestId("user-email").fill("dan@acme.test");
	await page.getByTestId("user-password").fill("marble orchard 2281");
	await page.getByTestId("user-password-again").fill("marble orchard 2281");
	await page.getByTestId("roles-agent").check();
	await page.getByTestId("user-save").click();
	await expect(page.getByTestId("user-save-error")).toContainText(/seat/i);
	await hub.tell("seats", "set", "--limit", "6");
	await expect(page.getByTestId("seats")).toHaveAttribute("data-limit", "6");
	await page.getByTestId("user-save").click();
	await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("people are changed with the keyboard alone", async ({ hub, devices }) => {
	const { page } = await (await devices.of("olga")).tab("#/admin/users");
	await expect(user(page, "ann")).toBeVisible();
	await tabTo(page, "user-open-ann");
	await page.keyboard.press("Enter");
	await expect(page.getByRole("dialog", { name: "Ann Weber" })).toBeVisible();
	await tabTo(page, "user-phone");
	await page.keyboard.type("+44 20 7946 0018");
	await tabTo(page, "roles-supervisor");
	await page.keyboard.press("Space");
	await tabTo(page, "user-save");
	await page.keyboard.press("Enter");
	await expect(page.getByRole("dialog")).toHaveCount(0);
	await expect(user(page, "ann")).toContainText("Supervisor");
	await expect(page.getByTestId("user-open-ann")).toBeFocused();
	const ann = await hub.api<{ phone: string; roles: string[] }>("GET", "/v1/users/ann");
	expect(ann).toMatchObject({ phone: "+44 20 7946 0018" });
	expect([...ann.roles].sort()).toEqual(["agent", "supervisor"]);

	await page.keyboard.press("Enter");
	await tabTo(page, "user-remove");
	await page.keyboard.press("Enter");
	await expect(page.getByRole("button", { name: "Cancel" })).toBeFocused();
	await page.keyboard.press("Enter");
	await expect(page.getByTestId("user-remove")).toBeFocused();
	await page.keyboard.press("Escape");
	await expect(page.getByRole("dialog")).toHaveCount(0);
	await expect(page.getByTestId("user-open-ann")).toBeFocused();
});

test("A17 what the platform syncs is on the page as soon as it is done", async ({ hub, devices }) => {
	const { page } = await (await devices.of("olga")).tab("#/admin/users");
	await expect(user(page, "ann")).toBeVisible();
	const users = Array.from({ length: 300 }, (_, n) => ({
		id: `p${n}`,
		name: `Person ${n}`,
		email: `p${n}@acme.test`,
		roles: ["agent"],
		teams: ["nights"],
	}));
	await hub.api("POST", "/v1/directory/sync", { teams: [{ id: "nights", name: "Nights" }], users });
	await expect(page.getByTestId("seats")).toHaveAttribute("data-used", "301");
	/* Whom the platform doesn't name is gone. */
	await expect(user(page, "ann")).toHaveCount(0);
	await page.getByTestId("user-search").fill("person 299");
	await expect(user(page, "p299")).toContainText("Nights");
	await page.getByTestId("user-search").fill("");
	await page.getByTestId("user-team-filter").selectOption("nights");
	await expect(page.getByTestId(/^user-open-/)).toHaveCount(200);
	await page.getByRole("button", { name: "Show all 300" }).click();
	await expect(page.getByTestId(/^user-open-/)).toHaveCount(300);
});

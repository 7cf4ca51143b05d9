/* The audit log: what one browser does appears in another; filtered, paged and exported. */

import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/test";

const items = (page: Page, action?: string) =>
	page.locator(action ? `[data-testid="audit-item"][data-action="${action}"]` : '[data-testid="audit-item"]');

test("A16 what is done shows at once, with who, to whom and what was before", async ({ hub, devices }) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const olga = await devices.of("olga");
	const { page } = await olga.tab("#/admin/audit");
	await expect(items(page, "role.assigned").first()).toContainText("Sue Larsen");
	const sue = (await (await devices.of("sue")).tab("#/admin/users")).page;

	await sue.getByTestId("user-open-ann").click();
	await sue.getByTestId("user-name").fill("Ann Weber-Diaz");
	await sue.getByTestId("user-save").click();
	const item = items(page, "user.updated");
	await expect(item).toContainText("Ann Weber-Diaz");
	await expect(item).toContainText("Sue Larsen");
	await expect(item).toContainText("127.0.0.1");
	await item.locator("summary").click();
	await expect(item).toContainText('"name": "Ann Weber"');
	await expect(item).toContainText('"name": "Ann Weber-Diaz"');
});

test("A16 it is filtered by person, action and time, also what comes in live", async ({ hub, devices }) => {
	const { page } = await (await devices.of("olga")).tab("#/admin/audit");
	await expect(items(page, "team.created").first()).toBeVisible();
	await page.getByTestId("audit-action").selectOption("role.");
	await expect(items(page, "team.created")).toHaveCount(0);
	await page.getByTestId("audit-user").selectOption("ann");
	await hub.api("PUT", "/v1/users/bob/roles", { roles: ["supervisor"] });
	await hub.api("PATCH", "/v1/users/ann", { phone: "1" });
	await hub.api("PUT", "/v1/users/ann/roles", { roles: ["supervisor"] });
	await expect(items(page, "role.assigned")).toHaveCount(1);
	await expect(items(page)).toHaveCount(1);

	await page.getByTestId("audit-user").selectOption("");
	await expect(items(page, "role.assigned")).toHaveCount(2);
	await page.getByTestId("audit-to").fill("2020-01-01T00:00");
	await expect(page.getByText("Nothing fits.")).toBeVisible();
	await page.getByTestId("audit-to").fill("");
	await page.getByTestId("audit-from").fill("2020-01-01T00:00");
	await expect(items(page, "role.assigned")).toHaveCount(2);
});

test("A16 it goes back as far as it is asked, and is exported whole", async ({ hub, devices }) => {
	for (let n = 0; n < 120; n++) await hub.api("PATCH", "/v1/users/bob", { phone: `${n}` });
	const { page } = await (await devices.of("olga")).tab("#/admin/audit");
	await page.getByTestId("audit-action").selectOption("user.");
	await page.getByTestId("audit-user").selectOption("bob");
	await expect(items(page)).toHaveCount(100);
	await page.getByTestId("audit-more").click();
	await expect(items(page, "user.updated")).toHaveCount(120);
	await expect(items(page, "user.created")).toHaveCount(1);
	await expect(page.getByTestId("audit-more")).toHaveCount(0);

	/* CSV begins with the names of its columns. */
	const shown = await items(page).count();
	for (const [format, lines] of [
		["csv", shown + 1],
		["jsonl", shown],
	] as const) {
		const download = page.waitForEvent("download");
		await page.getByTestId(`audit-export-${format}`).click();
		const file = await download;
		expect(file.suggestedFilename()).toBe(`audit.${format}`);
		const text = await readFile(await file.path(), "utf8");
		expect(text.trimEnd().split("\n")).toHaveLength(lines);
	}
});

/* The second factor: setting it up, signing in with it, and a workspace that asks everybody for one. */

import { expect, type Page } from "@playwright/test";
import { Tab } from "../support/tab";
import { emailOf, PASSWORD, WORKSPACE } from "../support/template";
import { test } from "../support/test";
import { App } from "../support/totp";

async function signIn(page: Page, user: string): Promise<void> {
	await page.getByTestId("login-workspace").fill(WORKSPACE);
	await page.getByTestId("login-email").fill(emailOf(user));
	await page.getByTestId("login-password").fill(PASSWORD);
	await page.getByTestId("login-submit").click();
}

/** Goes through the steps on the page; the app and the recovery codes, which are still on the screen. */
async function enroll(page: Page): Promise<{ app: App; codes: string[] }> {
	await page.getByTestId("enroll-begin").click();
	await expect(page.getByRole("img", { name: "QR code with the secret for your app" })).toBeVisible();
	const app = new App(await page.getByTestId("enroll-secret").innerText());
	await page.getByTestId("enroll-confirm-code").fill("000000");
	await page.getByTestId("enroll-confirm-submit").click();
	await expect(page.getByText("is not what the app should show")).toBeVisible();
	await page.getByTestId("enroll-confirm-code").fill(app.code());
	await page.getByTestId("enroll-confirm-submit").click();
	await expect(page.getByTestId("recovery-codes").locator("li")).toHaveCount(10);
	return { app, codes: await page.getByTestId("recovery-codes").locator("li").allInnerTexts() };
}

test("set up on the security page, asked for at the next sign-in", async ({ hub, devices, complaints }) => {
	complaints.allow(/^Failed to load resource: the server responded with a status of 401/);
	const { page } = await (await devices.of("ann")).tab();
	await page.getByTestId("nav-security").click();
	await expect(page.getByTestId("factor-state")).toHaveAttribute("data-enrolled", "false");
	await page.getByTestId("factor-enroll").click();
	const { app, codes } = await enroll(page);
	await page.getByTestId("recovery-done").click();
	await expect(page.getByTestId("factor-state")).toHaveText("On. 10 recovery codes are left.");

	const other = await (await devices.blank()).newPage();
	await other.goto(hub.url);
	await signIn(other, "ann");
	await expect(other.getByTestId("login-code")).toBeFocused();
	await other.getByTestId("login-code").fill("000000");
	await other.getByTestId("login-submit").click();
	await expect(other.getByText("is not right, or was used already")).toBeVisible();
	await other.getByTestId("login-code").fill(app.code());
	await other.getByTestId("login-submit").click();
	await new Tab(other).live();

	const third = await (await devices.blank()).newPage();
	await third.goto(hub.url);
	await signIn(third, "ann");
	await third.getByTestId("login-code").fill(codes[0] ?? "");
	await third.getByTestId("login-submit").click();
	await new Tab(third).live();
	await expect(page.getByTestId("factor-state")).toHaveText("On. 9 recovery codes are left.");

	await page.getByTestId("factor-disable").click();
	await page.getByTestId("disable-code").fill(codes[1] ?? "");
	await page.getByTestId("disable-submit").click();
	await expect(page.getByTestId("factor-state")).toHaveAttribute("data-enrolled", "false");
});

test("the codes can be copied", async ({ devices }) => {
	const device = await devices.of("ann");
	await device.context.grantPermissions(["clipboard-read", "clipboard-write"]);
	const { page } = await device.tab();
	await page.getByTestId("nav-security").click();
	await page.getByTestId("factor-enroll").click();
	const { codes } = await enroll(page);
	await page.getByTestId("recovery-copy").click();
	await expect(page.getByTestId("recovery-copy")).toHaveText("Copied");
	expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(codes.join("\n"));
});

test("asked of everybody, open pages can only set it up until it is there", async ({ hub, devices }) => {
	const olga = await (await devices.of("olga")).tab();
	await olga.page.getByTestId("nav-security").click();
	await olga.page.getByTestId("factor-enroll").click();
	await enroll(olga.page);
	await olga.page.getByTestId("recovery-done").click();
	await olga.open(hub.url, "#/admin/security");
	await expect(olga.page.getByTestId("enrolled-count")).toContainText("1 of 5 have one.");

	const ann = await (await devices.of("ann")).tab();
	await ann.expect("me", "available");
	await olga.page.getByTestId("require-2fa").click(); // the box follows when the hub has said so
	await expect(olga.page.getByTestId("require-2fa")).toBeChecked();
	await expect(ann.page.getByTestId("must-enroll")).toBeVisible();
	await expect(ann.page.getByTestId("nav-me")).toHaveCount(0);
	await olga.page.getByTestId("nav-security").click();
	await expect(olga.page.getByTestId("factor-state")).toHaveAttribute("data-enrolled", "true");
	await expect(olga.page.getByTestId("factor-disable")).toHaveCount(0);
	await olga.page.getByTestId("nav-board").click();
	await olga.expect("ann", "offline");

	await ann.page.reload();
	await enroll(ann.page);
	await olga.expect("ann", "available");
	await ann.page.getByTestId("recovery-done").click();
	await ann.expect("me", "available");
	await ann.toggle("busy");
	await olga.expect("ann", "busy");
});

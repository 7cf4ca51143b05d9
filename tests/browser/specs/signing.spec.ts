/* Signing in and out, and being signed out. */

import { expect, type Page } from "@playwright/test";
import { Tab } from "../support/tab";
import { emailOf, PASSWORD, WORKSPACE } from "../support/template";
import { test } from "../support/test";

const FROM_ELSEWHERE = "You were signed out from elsewhere: by a supervisor, or by you on another device.";

async function fillIn(page: Page, workspace: string, email: string, password: string): Promise<void> {
	await page.getByTestId("login-workspace").fill(workspace);
	await page.getByTestId("login-email").fill(email);
	await page.getByTestId("login-password").fill(password);
	await page.getByTestId("login-submit").click();
}

async function expectSignIn(tab: Tab, why: string): Promise<void> {
	await expect(tab.page.getByTestId("login-submit")).toBeVisible();
	await expect(tab.page.getByTestId("login-notice")).toHaveText(why);
}

test("what is wrong at signing in is said, and then it works", async ({ hub, devices, complaints }) => {
	complaints.allow(/^Failed to load resource: the server responded with a status of 401/);
	complaints.allow(/^Failed to load resource: net::ERR_CONNECTION_REFUSED/);
	const context = await devices.blank();
	const page = await context.newPage();
	await page.goto(hub.url);
	const error = page.getByTestId("login-error");

	await page.getByTestId("login-submit").click();
	await expect(page.getByText("Please fill this in.")).toHaveCount(3);

	const wrong = "Workspace, email and password don't belong together.";
	for (const [workspace, email, password] of [
		[WORKSPACE, emailOf("ann"), "not the password"],
		[WORKSPACE, emailOf("nobody"), PASSWORD],
		["elsewhere", emailOf("ann"), PASSWORD],
	] as const) {
		await fillIn(page, workspace, email, password);
		await expect(error).toHaveText(wrong);
		await page.reload();
	}

	await hub.kill();
	await fillIn(page, WORKSPACE, emailOf("ann"), PASSWORD);
	await expect(error).toHaveText("Muster can't be reached. Check your connection and try again.");

	await hub.start();
	await page.getByTestId("login-submit").click();
	const tab = new Tab(page);
	await tab.live();
	await tab.expect("me", "available");
});

test("too many failures have to wait", async ({ hub, devices, complaints }) => {
	complaints.allow(/^Failed to load resource: the server responded with a status of 4(01|29)/);
	const page = await (await devices.blank()).newPage();
	await page.goto(hub.url);
	const answers = [];
	while (answers.at(-1) !== 429 && answers.length < 20) {
		const answer = page.waitForResponse("**/v1/login");
		await fillIn(page, WORKSPACE, emailOf("ann"), "not the password");
		answers.push((await answer).status());
	}
	expect(answers).toEqual([...Array(10).fill(401), 429]);
	const error = page.getByTestId("login-error");
	await expect(error).toHaveText(/^Too many attempts\. Try again in \d+ (s|min)\.$/);
});

test("signing out in one tab signs out the other tabs of that browser only", async ({ devices }) => {
	const laptop = await devices.of("ann");
	const first = await laptop.tab();
	const second = await laptop.tab();
	const phone = await (await devices.of("ann", { phone: true })).tab();
	const sue = await (await devices.of("sue")).tab("#/board");

	await first.page.getByTestId("sign-out").click();
	await expect(first.page.getByTestId("login-submit")).toBeVisible();
	await expect(first.page.getByTestId("login-notice")).toHaveCount(0);
	await expectSignIn(second, "You signed out in another tab.");
	await phone.toggle("away");
	await phone.expect("me", "away");
	await sue.expect("ann", "away");

	await phone.page.getByTestId("sign-out").click();
	await sue.expect("ann", "offline");
	await second.page.reload();
	await expect(second.page.getByTestId("login-submit")).toBeVisible();
});

test("a supervisor signs somebody out, and they are told", async ({ devices }) => {
	const laptop = await (await devices.of("ann")).tab();
	const phone = await (await devices.of("ann", { phone: true })).tab();
	const sue = await (await devices.of("sue")).tab("#/board");
	await sue.expect("ann", "available");

	/* Anywhere on the row. */
	await sue.person("ann").click();
	const dialog = sue.page.getByRole("dialog", { name: "Ann Weber" });
	await expect(dialog.getByRole("listitem")).toHaveCount(2);
	await dialog.getByTestId("devices-sign-out-all").click();

	await expectSignIn(laptop, FROM_ELSEWHERE);
	await expectSignIn(phone, FROM_ELSEWHERE);
	await sue.expect("ann", "offline");
	await expect(dialog.getByText("Nowhere at the moment.")).toBeVisible();
});

test("one device is signed out, the other stays", async ({ devices }) => {
	const laptop = await (await devices.of("ann")).tab();
	const phone = await (await devices.of("ann", { phone: true })).tab();
	const others = laptop.page.locator('[data-testid^="device-"][data-current="false"]');
	await others.getByRole("button", { name: "Sign out" }).click();
	await expect(phone.page.getByTestId("login-submit")).toBeVisible();
	await expect(others).toHaveCount(0);
	await laptop.toggle("busy");
	await laptop.expect("me", "busy");
});

test("a sign-in that holds no longer says so", async ({ hub, devices }) => {
	const ann = await (await devices.of("ann")).tab();
	await hub.api("DELETE", "/v1/users/ann/sessions");
	await expectSignIn(ann, FROM_ELSEWHERE);
	/* This browser still keeps it, and finds out when it comes with it again. */
	await ann.page.reload();
	await expectSignIn(ann, "Your sign-in has expired. Sign in again.");
	await ann.page.reload();
	await expect(ann.page.getByTestId("login-submit")).toBeVisible();
	await expect(ann.page.getByTestId("login-notice")).toHaveCount(0);
});

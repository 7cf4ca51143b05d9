/* Accepting an invitation by its link. */

import { expect, type Page } from "@playwright/test";
import type { Hub } from "../support/hub";
import { Tab } from "../support/tab";
import { test } from "../support/test";

const PASSWORD = "brass kettle 2044";
const INVITED = { email: "eve@acme.test", name: "Eve Green", roles: ["agent"], teams: ["support"] };

/* The link of an invitation by the owner, at the address of this very hub. */
async function invite(hub: Hub): Promise<string> {
	const made = await hub.api<{ link: string }>("POST", "/v1/invites", INVITED, await hub.signIn("olga"));
	return hub.url + new URL(made.link).pathname + new URL(made.link).hash;
}

async function fillIn(page: Page, password: string, again: string): Promise<void> {
	await page.getByTestId("invite-password").fill(password);
	await page.getByTestId("invite-again").fill(again);
	await page.getByTestId("invite-submit").click();
}

test("who is invited chooses a password and is in", async ({ hub, devices, complaints }) => {
	complaints.allow(/^Failed to load resource: the server responded with a status of 422/);
	const sue = await (await devices.of("sue")).tab("#/board");
	const page = await (await devices.blank()).newPage();
	const asked: string[] = [];
	page.on("request", (request) => asked.push(request.url()));
	const link = await invite(hub);
	await page.goto(link);

	await expect(page.getByRole("heading", { name: "Join Acme" })).toBeVisible();
	await expect(page.getByTestId("invite-intro")).toContainText("Olga Reyes invites you.");
	await expect(page.getByTestId("invite-email")).toHaveValue("eve@acme.test");
	await expect(page.getByTestId("invite-email")).not.toBeEditable();
	await expect(page.getByTestId("invite-name")).toHaveValue("Eve Green");

	await fillIn(page, PASSWORD, "another one");
	await expect(page.getByText("The two passwords differ.")).toBeVisible();
	await fillIn(page, "short", "short");
	await expect(page.getByText("Must be at least 10 characters.")).toBeVisible();
	await expect(page.getByTestId("invite-password")).toHaveAttribute("aria-invalid", "true");
	await expect(page.getByTestId("invite-error")).toHaveCount(0);

	await page.getByTestId("invite-name").fill("Eve Black");
	await fillIn(page, PASSWORD, PASSWORD);
	const eve = new Tab(page);
	await eve.live();
	await eve.expect("me", "available");
	await expect(sue.page.getByText("Eve Black")).toBeVisible();

	/* The secret has left the address and the history, and no server has seen it in one. */
	expect(page.url()).toBe(`${hub.url}/#/`);
	const secret = link.slice(link.indexOf("~") + 1);
	expect(asked.filter((url) => url.includes(secret))).toEqual([]);
	await page.reload();
	await eve.live();
});

test("a link that was used, or was taken back, says so", async ({ hub, devices, complaints }) => {
	complaints.allow(/^Failed to load resource: the server responded with a status of 4(04|10)/);
	const link = await invite(hub);
	const page = await (await devices.blank()).newPage();
	await page.goto(link);
	await fillIn(page, PASSWORD, PASSWORD);
	await new Tab(page).live();

	const other = await (await devices.blank()).newPage();
	await other.goto(link);
	const dead = other.getByTestId("invite-dead");
	await expect(dead).toHaveText("This invitation was accepted already: sign in instead.");
	await other.getByTestId("invite-leave").click();
	await expect(other.getByTestId("login-submit")).toBeVisible();

	await other.goto(`${link.slice(0, -1)}${link.endsWith("A") ? "E" : "A"}`);
	await expect(dead).toContainText("This link is not good");
});

test("a link that dies while one thinks of a password says so", async ({ hub, devices, complaints }) => {
	complaints.allow(/^Failed to load resource: the server responded with a status of 410/);
	const page = await (await devices.blank()).newPage();
	await page.goto(await invite(hub));
	await expect(page.getByTestId("invite-email")).toHaveValue("eve@acme.test");
	const listed = await hub.api<{ items: Array<{ id: string }> }>("GET", "/v1/invites");
	for (const { id } of listed.items) await hub.api("DELETE", `/v1/invites/${id}`);
	await fillIn(page, PASSWORD, PASSWORD);
	await expect(page.getByTestId("invite-error")).toHaveText(
		"This invitation was taken back: ask whoever invited you.",
	);
});

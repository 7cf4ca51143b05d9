/* Invitations: made, sent again and taken back in one browser, seen in another. */

import type { Page } from "@playwright/test";
import { expect, test } from "../support/test";

const state = (page: Page, email: string, is: string) =>
	expect(page.getByTestId(`invite-${email}`)).toHaveAttribute("data-state", is);

/* What the link ends in is the token. */
const tokenOf = (link: string): string => /[^/#?=]+$/.exec(link)?.[0] ?? "";

test("A3 an invitation is made, sent again, accepted or taken back, and another admin sees it", async ({
	hub,
	devices,
}) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const { page } = await (await devices.of("olga")).tab("#/admin/invites");
	const sue = (await (await devices.of("sue")).tab("#/admin/invites")).page;
	await expect(sue.getByText("Nobody has been invited lately.")).toBeVisible();

	await page.getByTestId("invite-add").click();
	await page.getByTestId("invite-email").fill("ann@acme.test");
	await page.getByTestId("invite-save").click();
	await expect(page.getByText("Choose one or more.")).toBeVisible();
	await page.getByTestId("roles-agent").check();
	await page.getByTestId("invite-save").click();
	await expect(page.getByTestId("invite-email")).toHaveAttribute("aria-invalid", "true");
	await page.getByTestId("invite-email").fill("new@acme.test");
	await page.getByTestId("teams-support").check();
	await page.getByTestId("invite-save").click();

	const link = page.getByTestId("invite-link");
	const first = await link.inputValue();
	await page.getByRole("button", { name: "Close" }).click();
	await state(page, "new@acme.test", "pending");
	await state(sue, "new@acme.test", "pending");

	await sue.getByTestId("invite-resend-new@acme.test").click();
	const second = await sue.getByTestId("invite-link").inputValue();
	expect(second).not.toBe(first);
	await sue.getByRole("button", { name: "Close" }).click();

	const accept = (from: string) =>
		hub.api("POST", "/v1/invites/accept", {
			workspace: "acme",
			token: tokenOf(from),
			name: "Nia Newcomer",
			password: "marble orchard 2281",
		});
	await expect(accept(first)).rejects.toThrow();
	await accept(second);
	await state(page, "new@acme.test", "accepted");
	await state(sue, "new@acme.test", "accepted");
	await expect(page.getByTestId("invite-resend-new@acme.test")).toHaveCount(0);

	await page.getByTestId("invite-add").click();
	await page.getByTestId("invite-email").fill("other@acme.test");
	await page.getByTestId("roles-agent").check();
	await page.getByTestId("invite-save").click();
	const third = await link.inputValue();
	await page.getByRole("button", { name: "Close" }).click();
	await sue.getByTestId("invite-revoke-other@acme.test").click();
	await state(page, "other@acme.test", "revoked");
	await state(sue, "other@acme.test", "revoked");
	await expect(accept(third)).rejects.toThrow();
});

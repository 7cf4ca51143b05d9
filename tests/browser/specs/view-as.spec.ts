/* Viewing as somebody else: a banner all the time, nothing to be changed, and nobody who sees it. */

import { expect } from "@playwright/test";
import { test } from "../support/test";

test("an owner sees what an agent sees, unseen, and comes back", async ({ hub, devices }) => {
	const sue = await (await devices.of("sue")).tab("#/board");
	const laptop = await devices.of("olga");
	const olga = await laptop.tab("#/board");
	await olga.open(hub.url, "#/admin/security");
	await olga.page.getByTestId("view-whom").selectOption({ label: "Ann Weber" });
	await olga.page.getByTestId("view-start").click();

	const banner = olga.page.getByTestId("view-banner");
	await expect(banner).toContainText("You see Muster as Ann Weber does.");
	await olga.live();
	await expect(olga.page.getByTestId("sign-out")).toHaveCount(0);
	await expect(olga.page.getByTestId("view-whom")).toHaveCount(0);
	await olga.page.getByTestId("nav-me").click();
	await olga.expect("me", "offline");
	await expect(olga.page.getByTestId("status-option-busy")).toHaveCount(0); // what she chose is her own business
	await olga.page.reload();
	await expect(banner).toBeVisible();
	expect(await sue.shown("ann")).toEqual(["offline"]);

	const second = await laptop.tab(); // another tab of the same browser goes on as oneself
	await expect(second.page.getByTestId("view-banner")).toHaveCount(0);

	await olga.page.getByTestId("view-stop").click();
	await expect(banner).toHaveCount(0);
	await olga.live();
	await olga.open(hub.url, "#/admin/security");
	await expect(olga.page.getByTestId("view-whom")).toBeVisible();
});

test("a view that ends elsewhere gives the page back", async ({ hub, devices }) => {
	const laptop = await devices.of("olga");
	const olga = await laptop.tab();
	await olga.open(hub.url, "#/admin/security");
	await olga.page.getByTestId("view-whom").selectOption({ label: "Supervisor" });
	await olga.page.getByTestId("view-start").click();
	const banner = olga.page.getByTestId("view-banner");
	await expect(banner).toContainText("You see Muster as the role Supervisor does.");
	await hub.api("DELETE", "/v1/view-as", null, laptop.token);
	await expect(banner).toHaveCount(0);
	await olga.live();
	await expect(olga.page.getByTestId("sign-out")).toBeVisible();
});

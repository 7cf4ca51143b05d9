/* Conversations as agents and supervisors see them: each change is there at once for those whom it concerns. */

import type { Page } from "@playwright/test";
import type { Conversation } from "muster";
import type { Hub } from "../support/hub";
import { tabTo } from "../support/keyboard";
import { connect } from "../support/sdk";
import { expect, test } from "../support/test";

const put = (hub: Hub, id: string, more: object = {}) =>
	hub.api<Conversation>("PUT", `/v1/conversations/${id}`, {
		team: "support",
		subject: `About ${id}`,
		...more,
	});
const assign = (hub: Hub, id: string, user: string) =>
	hub.api<Conversation>("POST", `/v1/conversations/${id}/assign`, { user });
const present = (hub: Hub, id: string) => hub.api<Conversation>("GET", `/v1/conversations/${id}`);
const routing = (hub: Hub, settings: object) =>
	hub.api("PATCH", "/v1/teams/support", { strategy: "round_robin", settings });

test("C2 a supervisor reassigns: both agents see it at once, the old one loses it", async ({
	hub,
	devices,
}) => {
	await put(hub, "c1", { channel: "email", priority: "high" });
	await assign(hub, "c1", "ann");
	const laptop = await devices.of("ann");
	const ann = (await laptop.tab("#/conversations/c1")).page;
	const list = (await laptop.tab("#/conversations")).page;
	const bob = (await (await devices.of("bob")).tab("#/conversations")).page;
	const sue = (await (await devices.of("sue")).tab("#/conversations/c1")).page;
	await expect(list.getByTestId("conversations-mine").getByTestId("conversation-c1")).toContainText(
		"About c1",
	);
	await expect(ann.getByRole("heading", { name: "About c1" })).toBeVisible();
	await expect(ann.getByTestId("conversation-assign")).toHaveCount(0);
	await expect(bob.getByTestId("conversation-c1")).toHaveCount(0);

	await sue.getByTestId("conversation-assign").click();
	const dialog = sue.getByRole("dialog", { name: "Reassign" });
	await expect(dialog).toContainText("Ann Weber has it.");
	await dialog.getByTestId("assign-to-bob").check();
	await dialog.getByTestId("assign-submit").click();
	await expect(dialog).toHaveCount(0);

	await expect(bob.getByTestId("conversations-mine").getByTestId("conversation-c1")).toContainText(
		"About c1",
	);
	await expect(bob.getByTestId("notice")).toContainText("Sue Larsen gave you a conversation");
	await expect(sue.getByTestId("conversation-assignee")).toHaveAttribute("data-user", "bob");
	for (const page of [ann, list]) {
		await expect(page.getByTestId("notice")).toContainText("Sue Larsen gave it to Bob Costa");
		await expect(page.getByTestId("conversation-c1")).toHaveCount(0);
	}
	await expect(ann.getByTestId("conversation-detail")).toContainText("You can't see this conversation");
	await expect(ann.getByTestId("conversation-detail")).not.toContainText("About c1");
	await expect(hub.api("GET", "/v1/conversations/c1", null, laptop.token)).rejects.toThrow("404");

	/* What happens to it from now on is none of their business, on this connection either. */
	await put(hub, "c1", { subject: "Only for Bob" });
	await expect(bob.getByTestId("conversation-c1")).toContainText("Only for Bob");
	await put(hub, "c2");
	await expect(list.getByTestId("conversation-c2")).toBeVisible();
	await expect(list.getByText("Only for Bob")).toHaveCount(0);
});

test("C9 a supervisor who decides on what was shown hears what is there now", async ({ hub, devices }) => {
	await put(hub, "c1");
	await assign(hub, "c1", "ann");
	const { page } = await (await devices.of("sue")).tab("#/conversations/c1");
	await page.getByTestId("conversation-assign").click();
	await page.getByTestId("assign-to-sue").check();
	await assign(hub, "c1", "bob");
	await expect(page.getByRole("dialog")).toContainText("Bob Costa has it.");
	await page.getByTestId("assign-submit").click();
	await expect(page.getByTestId("assign-error")).toContainText("Bob Costa was faster and has it now.");
	expect((await present(hub, "c1")).assignee).toBe("bob");
	await page.getByTestId("assign-submit").click();
	await expect(page.getByRole("dialog")).toHaveCount(0);
	expect((await present(hub, "c1")).assignee).toBe("sue");
});

test("C9 two take the same one: one has it, the other is told", async ({ hub, devices }) => {
	await put(hub, "c1");
	const ann = (await (await devices.of("ann")).tab("#/conversations")).page;
	const bob = (await (await devices.of("bob")).tab("#/conversations")).page;
	const list = (page: Page, name: string) =>
		page.getByTestId(`conversations-${name}`).getByTestId("conversation-c1");
	const takes = [ann, bob].map((page) => page.getByTestId("take-c1"));
	for (const take of takes) await take.click({ trial: true }); /* nothing moves any more */
	/* Both have clicked before either is answered. */
	hub.freeze(true);
	await Promise.all(takes.map((take) => take.click()));
	hub.freeze(false);

	await expect(list(ann, "unassigned")).toHaveCount(0);
	await expect(list(bob, "unassigned")).toHaveCount(0);
	const { assignee, version } = await present(hub, "c1");
	expect(version).toBe(2);
	const [winner, loser] = assignee === "ann" ? [ann, bob] : [bob, ann];
	await expect(list(winner, "mine")).toBeVisible();
	await expect(winner.getByTestId("conversation-detail")).toHaveAttribute("data-id", "c1");
	await expect(winner.getByTestId("notice")).toHaveCount(0);
	await expect(loser.getByTestId("notice")).toContainText("About c1");
	await expect(loser.getByTestId("notice")).toContainText(/somebody else has it|has it now/i);
	await expect(loser.getByTestId("conversation-c1")).toHaveCount(0);
});

test("an agent resolves, reopens, snoozes and gives back what is theirs", async ({ hub, devices }) => {
	await put(hub, "c1");
	const { page } = await (await devices.of("ann")).tab("#/conversations");
	await page.getByTestId("take-c1").click();
	const stand = page.getByTestId("conversation-stand");
	await expect(stand).toHaveAttribute("data-stand", "open");
	await page.getByTestId("conversation-resolve").click();
	await expect(stand).toHaveAttribute("data-stand", "resolved");
	await expect(page.getByTestId("conversation-c1")).toHaveCount(0);
	await page.getByTestId("conversation-reopen").click();
	await expect(page.getByTestId("conversations-mine").getByTestId("conversation-c1")).toBeVisible();

	await page.getByTestId("conversation-pend").click();
	await expect(stand).toHaveAttribute("data-stand", "pending");
	await expect(page.getByTestId("conversations-mine").getByTestId("conversation-c1")).toContainText(
		"Pending",
	);
	await page.getByTestId("conversation-snooze").click();
	await page.getByTestId("snooze-1h").click();
	await expect(stand).toHaveAttribute("data-stand", "snoozed");
	await expect(page.getByTestId("conversation-c1")).toContainText("until ");
	await page.getByTestId("conversation-reopen").click();
	await expect(stand).toHaveAttribute("data-stand", "open");
	await page.getByTestId("conversation-release").click();
	await expect(page.getByTestId("conversations-unassigned").getByTestId("conversation-c1")).toBeVisible();
	expect((await present(hub, "c1")).assignee).toBeNull();
});

test("C8 an offer is shown on every page, counts down, and is accepted", async ({ hub, devices }) => {
	await routing(hub, { offer_ms: 60_000 });
	const { page } = await (await devices.of("ann")).tab();
	await expect(page.getByTestId("status-current")).toHaveAttribute("data-status", "available");
	await put(hub, "c1", { priority: "urgent" });
	const offer = page.getByTestId("offer-c1");
	await expect(offer).toContainText("About c1");
	await expect(offer).toContainText("Urgent");
	await expect(page).toHaveTitle(/^\(1\) Offered to you/);
	const left = page.getByTestId("offer-left-c1");
	await expect(left).toContainText(/0:\d\d|1:00/);
	const before = await left.innerText();
	await expect(left).not.toHaveText(before);

	await tabTo(page, "accept-c1");
	await page.keyboard.press("Enter");
	await expect(offer).toHaveCount(0);
	await expect(page).toHaveTitle("Muster");
	await expect(page.getByTestId("conversation-detail")).toHaveAttribute("data-id", "c1");
	await expect(page.getByTestId("conversations-mine").getByTestId("conversation-c1")).toBeVisible();
	await expect(page.getByTestId("notice")).toHaveCount(0);
	expect((await present(hub, "c1")).assignee).toBe("ann");
});

test("C8 what one declines is offered to the next, not again", async ({ hub, devices }) => {
	await routing(hub, { offer_ms: 60_000 });
	const ann = (await (await devices.of("ann")).tab()).page;
	await put(hub, "c1");
	await expect(ann.getByTestId("offer-c1")).toBeVisible();
	const bob = (await (await devices.of("bob")).tab()).page;
	await expect(bob.getByTestId("nav-conversations")).toBeVisible();
	await ann.getByTestId("decline-c1").click();
	await expect(bob.getByTestId("offer-c1")).toBeVisible();
	await expect(ann.getByTestId("offer-c1")).toHaveCount(0);
	await bob.getByTestId("decline-c1").click();
	await expect(bob.getByTestId("offer-c1")).toHaveCount(0);
	expect(await present(hub, "c1")).toMatchObject({ assignee: null, offered_to: null });
	await expect(ann.getByTestId("offer-c1")).toHaveCount(0);
});

test("C8 the supervisor sees at once what everybody has let pass", async ({ hub, devices }) => {
	await routing(hub, { offer_ms: 60_000 });
	await hub.api("PATCH", "/v1/users/sue", { capacity: 0 });
	const ann = (await (await devices.of("ann")).tab()).page;
	const sue = (await (await devices.of("sue")).tab("#/queue")).page;
	await put(hub, "c1");
	await ann.getByTestId("decline-c1").click();
	await expect(sue.getByTestId("queued-c1").getByTestId("passed")).toBeVisible();
	await expect(sue.getByTestId("queue-passed-support")).toContainText("1 passed by all");
	await sue.getByTestId("queued-c1").getByRole("link").click();
	await expect(sue.getByTestId("conversation-detail").getByTestId("passed")).toBeVisible();
	await hub.api("POST", "/v1/conversations/c1/assign", { user: "ann" });
	await expect(sue.getByTestId("conversation-detail").getByTestId("passed")).toHaveCount(0);
});

test("C8 what nobody answers goes on by itself", async ({ hub, devices }) => {
	await routing(hub, { offer_ms: 4_000 });
	const { page } = await (await devices.of("ann")).tab("#/conversations");
	await put(hub, "c1");
	await expect(page.getByTestId("offer-c1")).toBeVisible();
	await expect(page.getByTestId("offer-c1")).toHaveCount(0, { timeout: 10_000 });
	await expect(page.getByTestId("conversations-unassigned").getByTestId("conversation-c1")).toBeVisible();
	await routing(hub, { offer_ms: 60_000 });
	const bob = (await (await devices.of("bob")).tab()).page;
	await expect(bob.getByTestId("offer-c1")).toBeVisible();
});

test("C6 the queue is live: order, age, who could take more", async ({ hub, devices }) => {
	const { page } = await (await devices.of("sue")).tab("#/queue");
	const queue = page.getByTestId("queue-support");
	await expect(queue).toHaveAttribute("data-waiting", "0");
	await put(hub, "c1");
	await put(hub, "c2", { priority: "urgent", channel: "chat" });
	await put(hub, "c3", { team: "sales" });
	await expect(queue).toHaveAttribute("data-waiting", "2");
	await expect(page.getByTestId("queued-c2")).toHaveAttribute("data-position", "1");
	await expect(page.getByTestId("queued-c1")).toHaveAttribute("data-position", "2");
	await expect(page.getByTestId("queued-c1")).toContainText("About c1");
	await expect(page.getByTestId("queue-waiting")).toHaveAttribute("data-count", "3");
	const age = page.getByTestId("queued-c1").locator("time");
	const before = await age.innerText();
	await expect(age).not.toHaveText(before);

	await expect(page.getByTestId("queue-room-support")).toContainText(/^1 of 3/);
	await devices.of("ann").then((laptop) => laptop.tab());
	await expect(page.getByTestId("queue-room-support")).toContainText(/^2 of 3/);

	const load = page.getByTestId("queue-load");
	await expect(load).toHaveAttribute("data-load", "0");
	await page.getByTestId("queue-assign-c2").click();
	await page.getByTestId("assign-to-ann").check();
	await page.getByTestId("assign-submit").click();
	await expect(page.getByTestId("queued-c2")).toHaveCount(0);
	await expect(page.getByTestId("queued-c1")).toHaveAttribute("data-position", "1");
	await expect(page.getByTestId("queue-waiting")).toHaveAttribute("data-count", "2");
	await expect(load).toHaveAttribute("data-load", "1");
});

test("C4 the board shows who has how much, and who is full", async ({ hub, devices }) => {
	await hub.api("PATCH", "/v1/users/ann", { capacity: 2 });
	await (await devices.of("ann")).tab();
	const { page } = await (await devices.of("sue")).tab("#/board");
	const ann = page.getByTestId("person-ann");
	await expect(ann).toHaveAttribute("data-load", "0");
	await put(hub, "c1");
	await assign(hub, "c1", "ann");
	await expect(ann).toHaveAttribute("data-load", "1");
	await expect(ann).toHaveAttribute("data-full", "false");
	await put(hub, "c2");
	await assign(hub, "c2", "ann");
	await expect(ann).toHaveAttribute("data-full", "true");
	await expect(ann).toContainText("2 of 2 conversations, full");
	await hub.api("POST", "/v1/conversations/c1/resolve");
	await expect(ann).toHaveAttribute("data-full", "false");
});

test("C4 giving somebody more than their limit takes a second word", async ({ hub, devices }) => {
	await hub.api("PATCH", "/v1/users/ann", { capacity: 0 });
	await put(hub, "c1");
	const { page } = await (await devices.of("sue")).tab("#/conversations/c1");
	await page.getByTestId("conversation-assign").click();
	await page.getByTestId("assign-to-ann").check();
	await expect(page.getByTestId("assign-submit")).toHaveText("Assign over the limit");
	await page.getByTestId("assign-submit").click();
	await expect(page.getByRole("dialog")).toHaveCount(0);
	expect((await present(hub, "c1")).assignee).toBe("ann");
});

test("C4 a supervisor sets how much somebody may have at once", async ({ hub, devices }) => {
	const { page } = await (await devices.of("sue")).tab("#/board");
	await devices.of("ann").then((one) => one.tab());
	await page.getByTestId("person-act-ann").click();
	const dialog = page.getByRole("dialog");
	await dialog.getByTestId("limit-capacity").fill("5000");
	await dialog.getByTestId("limit-set").click();
	await expect(dialog.getByRole("alert")).toContainText("1000");
	await dialog.getByTestId("limit-capacity").fill("2");
	await dialog.getByTestId("limit-set").click();
	await expect(dialog).toHaveCount(0);
	await expect(page.getByTestId("person-ann")).toContainText("0/2");
	expect(await hub.api("GET", "/v1/users/ann")).toMatchObject({ capacity: 2 });
});

test("C4 what a channel weighs is set for the workspace", async ({ hub, devices }) => {
	await hub.api("PATCH", "/v1/workspace", { channels: [{ id: "phone", weight: 3 }] });
	const { page } = await (await devices.of("olga")).tab("#/admin/workspace");
	await expect(page.getByTestId("channel-id-0")).toHaveValue("phone");
	await page.getByTestId("channel-add").click();
	await page.getByTestId("channel-id-1").fill("note");
	await page.getByTestId("channel-weight-1").fill("101");
	await page.getByTestId("channels-save").click();
	await expect(page.getByTestId("channel-1").getByRole("alert")).toContainText("100");
	await page.getByTestId("channel-weight-1").fill("0");
	await page.getByTestId("channel-remove-0").click();
	await page.getByTestId("channels-save").click();
	await expect(page.getByRole("status").getByText("Saved.")).toBeVisible();
	expect(await hub.api("GET", "/v1/workspace")).toMatchObject({ channels: [{ id: "note", weight: 0 }] });
	await expect(page.getByTestId("channel-id-0")).toHaveValue("note");
});

test("C3 a team's way to hand out is set where teams are made", async ({ hub, devices }) => {
	await hub.api("PUT", "/v1/users/sue/roles", { roles: ["admin"] });
	const { page } = await (await devices.of("sue")).tab("#/admin/teams");
	await page.getByTestId("team-open-support").click();
	await page.getByTestId("team-strategy").selectOption("load_balanced");
	await page.getByTestId("team-offer").fill("30");
	await page.getByTestId("team-requeue").fill("5");
	await page.getByTestId("team-overflow-team").selectOption("sales");
	await page.getByTestId("team-save").click();
	await expect(page.getByRole("dialog")).toHaveCount(0);
	await expect(page.getByTestId("team-support")).toContainText("By load");
	expect(await hub.api("GET", "/v1/teams/support")).toMatchObject({
		strategy: "load_balanced",
		settings: { offer_ms: 30_000, requeue_ms: 300_000, overflow_team: "sales" },
	});
});

test("C10 who looks at a conversation, and who types, is seen by the others who look", async ({
	hub,
	devices,
}) => {
	await put(hub, "c1");
	const ann = (await (await devices.of("ann")).tab("#/conversations/c1")).page;
	const bob = (await (await devices.of("bob")).tab("#/conversations/c1")).page;
	const seen = (page: Page) => page.getByTestId("conversation-viewers");
	await expect(seen(ann)).toHaveText("Bob Costa looks at this too.");
	await expect(seen(bob)).toHaveText("Ann Weber looks at this too.");

	/* In the platform's own page, beside the console. */
	const sue = await connect(hub, "sue");
	await sue.ready();
	await sue.call("conversation.typing", { id: "c1", on: true });
	await expect(seen(ann)).toContainText("Sue Larsen is typing…");
	sue.close();
	await expect(seen(ann)).toHaveText("Bob Costa looks at this too.");
	await bob.getByTestId("nav-me").click();
	await expect(seen(ann)).toBeEmpty();
});

test("on a phone: the list, one of them, and back, by touch", async ({ hub, devices }) => {
	await put(hub, "c1", { subject: "A subject that goes on for longer than a phone is wide, as they do" });
	const { page } = await (await devices.of("ann", { phone: true })).tab("#/conversations");
	await page.getByTestId("take-c1").tap();
	await expect(page.getByTestId("conversation-detail")).toBeVisible();
	await expect(page.getByTestId("conversations-mine")).toBeHidden();
	const width = () => page.evaluate(() => document.documentElement.scrollWidth);
	expect(await width()).toBeLessThanOrEqual(375);
	await page.getByTestId("conversation-back").tap();
	await expect(page.getByTestId("conversations-mine").getByTestId("conversation-c1")).toBeVisible();
	expect(await width()).toBeLessThanOrEqual(375);
	await page.goto(`${hub.url}/#/queue`);
	await expect(page.getByTestId("queue")).toBeVisible();
	expect(await width()).toBeLessThanOrEqual(375);
});

import { describe, expect, it, vi } from "vitest";
import { acceptInvite, type HttpFetch, login, may, showInvite } from "../src/index";

const credentials = { workspace: "acme", email: "uma@acme.test", password: "correct horse" };

const answering = (status: number, body: unknown) =>
	vi.fn<HttpFetch>(async () => ({ ok: status < 400, status, json: async () => body }));

describe("login", () => {
	it("posts the credentials and answers with the token", async () => {
		const fetch = answering(200, {
			token: "t",
			expires_at: "2026-11-22T00:00:00Z",
			user: { id: "u1", name: "Uma" },
		});
		await expect(login("https://hub.test/", credentials, fetch)).resolves.toMatchObject({ token: "t" });
		expect(fetch).toHaveBeenCalledWith("https://hub.test/v1/login", {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(credentials),
		});
	});

	it("fails with the hub's problem", async () => {
		const fetch = answering(429, {
			type: "about:blank",
			title: "Too many requests",
			status: 429,
			detail: "Too many attempts.",
			kind: "rate_limited",
			retry_after_ms: 30_000,
		});
		await expect(login("https://hub.test", credentials, fetch)).rejects.toMatchObject({
			kind: "rate_limited",
			message: "Too many attempts.",
			temporary: true,
			retryAfterMs: 30_000,
		});
	});

	it("copes with an answer that is no problem document", async () => {
		const fetch = vi.fn<HttpFetch>(async () => ({
			ok: false,
			status: 502,
			json: () => Promise.reject(new SyntaxError("not JSON")),
		}));
		await expect(login("https://hub.test", credentials, fetch)).rejects.toMatchObject({
			kind: "internal",
			message: "The hub answered 502.",
			temporary: true,
		});
	});

	it("says so when the hub cannot be reached", async () => {
		const fetch = vi.fn<HttpFetch>(() => Promise.reject(new TypeError("refused")));
		await expect(login("https://hub.test", credentials, fetch)).rejects.toMatchObject({ kind: "network" });
	});
});

describe("an invitation", () => {
	const link = { workspace: "acme", token: "i-1~secret" };

	it("is proved in a body, never in an address", async () => {
		const fetch = answering(200, { email: "eve@acme.test" });
		await expect(showInvite("https://hub.test", link, fetch)).resolves.toEqual({ email: "eve@acme.test" });
		await acceptInvite("https://hub.test", { ...link, name: "Eve", password: "correct horse" }, fetch);
		expect(fetch.mock.calls.map(([url, { body }]) => [url, JSON.parse(body)])).toEqual([
			["https://hub.test/v1/invites/show", link],
			["https://hub.test/v1/invites/accept", { ...link, name: "Eve", password: "correct horse" }],
		]);
	});

	it("that is over fails with the hub's words", async () => {
		const fetch = answering(410, { kind: "gone", detail: "This invitation has expired." });
		await expect(showInvite("https://hub.test", link, fetch)).rejects.toMatchObject({
			kind: "gone",
			message: "This invitation has expired.",
			temporary: false,
		});
	});
});

describe("may", () => {
	it("takes the wider scope for the narrower, not the other way round", () => {
		expect(may(["presence.view:all"], "presence.view:team")).toBe(true);
		expect(may(["presence.view:team"], "presence.view:all")).toBe(false);
		expect(may(["conversations.view:unassigned"], "conversations.view:own")).toBe(true);
		expect(may(["contacts.read"], "contacts.read:own")).toBe(true);
	});

	it("compares other keys as they are", () => {
		expect(may(["presence.force"], "presence.force")).toBe(true);
		expect(may(["presence.force"], "sessions.revoke")).toBe(false);
		expect(may([], "presence.self")).toBe(false);
	});
});

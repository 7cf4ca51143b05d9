import { MusterError } from "muster";
import { describe, expect, it } from "vitest";
import { browserKind, browserName } from "../src/lib/device";
import { closeText, endOfSignIn, errorText, inviteErrorText, signInErrorText } from "../src/lib/messages";
import { allPages } from "../src/lib/paging";
import { causeText, choiceLabel, statusLabel, statusOptions } from "../src/lib/statuses";
import { parseInviteLink } from "../src/lib/useInviteLink";

const reason = (code: number, kind: string) => ({ code, kind, retryAfterMs: 0, comeback: "never" as const });

describe("errors", () => {
	it("says how long to wait when there were too many attempts", () => {
		const throttled = (retryAfterMs: number) =>
			signInErrorText(new MusterError("rate_limited", "Slow down.", { retryAfterMs }));
		expect(throttled(29_100)).toBe("Too many attempts. Try again in 30 s.");
		expect(throttled(61_000)).toBe("Too many attempts. Try again in 2 min.");
		expect(throttled(0)).toBe("Too many attempts. Try again in a moment.");
	});

	it("does not tell which of workspace, email and password was wrong", () => {
		const texts = ["unauthenticated", "not_found"].map((kind) => signInErrorText(new MusterError(kind, "x")));
		expect(new Set(texts).size).toBe(1);
	});

	it("shows the hub's own words where there are no better ones", () => {
		expect(errorText(new MusterError("seat_limit", "All seats are taken."))).toBe("All seats are taken.");
	});

	it("hides the inside of an error of the page itself", () => {
		expect(errorText(new TypeError("x is undefined"))).not.toContain("undefined");
	});
});

describe("what is wrong with an invitation", () => {
	it("is said in the hub's words, but for troubles on the way", () => {
		const words = "This invitation has expired: ask for another one";
		for (const kind of ["gone", "not_found", "forbidden", "conflict", "seat_limit"])
			expect(inviteErrorText(new MusterError(kind, words))).toBe(`${words}.`);
		expect(inviteErrorText(new MusterError("network", "x"))).toContain("can't be reached");
	});
});

describe("the link of an invitation", () => {
	it.each([
		["#/invite/acme/i-1~aB_-9", { workspace: "acme", token: "i-1~aB_-9" }],
		["#/invite/acme/", null],
		["#/invite/acme", null],
		["#/invite//i-1~x", null],
		["#/invite/acme/i-1~x/more", null],
		["#/invite/acme/<script>", null],
		["#/board", null],
		["", null],
	])("%s", (hash, link) => {
		expect(parseInviteLink(hash)).toEqual(link);
	});
});

describe("the end of a connection", () => {
	it.each([
		[4002, "token_invalid"],
		[4002, "anything"],
		[4003, "session_revoked"],
		[4004, "user_deactivated"],
		[0, "unauthenticated"],
	])("%i %s asks to sign in again", (code, kind) => {
		expect(endOfSignIn(reason(code, kind))).toEqual(expect.any(String));
	});

	it.each([
		[1000, "closed_by_owner"],
		[4000, "bad_request"],
		[4006, "too_many_connections"],
	])("%i %s does not", (code, kind) => {
		expect(endOfSignIn(reason(code, kind))).toBeNull();
	});

	it("has words for kinds that it does not know", () => {
		expect(closeText(reason(4150, "on_fire"))).toBe("Disconnected: on fire");
	});
});

describe("statuses", () => {
	const lunch = { id: "lunch", label: "Lunch", base: "away" as const, accepting: false };
	const person = {
		user: "u1",
		name: "Uma",
		status: "lunch",
		base: "away" as const,
		since: "",
		cause: "self",
		note: null,
		until: null,
		devices: [],
	};

	it("are the hub's, or the four base ones if it told none", () => {
		expect(statusOptions([lunch])).toEqual([lunch]);
		expect(statusOptions([]).map(({ id }) => id)).toEqual(["available", "away", "busy", "offline"]);
	});

	it("go by their label, or by their base when they are gone", () => {
		expect(statusLabel(person, [lunch])).toBe("Lunch");
		expect(statusLabel(person, [])).toBe("Away");
	});

	it("say of nobody that they only appear to be offline", () => {
		const offline = { id: "offline", label: "Appear offline", base: "offline" as const, accepting: false };
		expect(statusLabel({ ...person, status: "offline", base: "offline" }, [offline])).toBe("Offline");
		expect(choiceLabel(offline)).toBe("Appear offline");
	});

	it("are explained only where the person did not choose them", () => {
		expect(causeText("self")).toBeNull();
		expect(causeText("supervisor")).toBe("set by a supervisor");
	});
});

describe("what a browser is", () => {
	it.each([
		["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "web", "Firefox on Linux"],
		[
			"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
			"web",
			"Edge on Windows",
		],
		[
			"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
			"mobile",
			"Chrome on Android",
		],
		[
			"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
			"web",
			"Chrome on Android",
		],
		["Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0", "mobile", "Firefox on Android"],
		[
			"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Version/17.5 Mobile/15E148 Safari/604.1",
			"mobile",
			"Safari on iPhone",
		],
		[
			"Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1 Version/12.1 Mobile/15E148 Safari/604.1",
			"web",
			"Safari on iPad",
		],
		["curl/8.0", "web", "Browser on unknown system"],
	])("%s", (userAgent, kind, name) => {
		expect(browserKind(userAgent)).toBe(kind);
		expect(browserName(userAgent)).toBe(name);
	});
});

describe("allPages", () => {
	it("follows the cursor to the end", async () => {
		const asked: unknown[] = [];
		const items = await allPages(async (after) => {
			asked.push(after);
			return after.after ? { items: [3], next: null } : { items: [1, 2], next: "c" };
		});
		expect(items).toEqual([1, 2, 3]);
		expect(asked).toEqual([{}, { after: "c" }]);
	});
});

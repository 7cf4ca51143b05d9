import type { AuditItem } from "muster";
import { describe, expect, it } from "vitest";
import { actionText, actorText, auditQuery, everything, fits, merged, subjectText } from "../src/lib/audit";

const item = (seq: number, action: string, more: Partial<AuditItem> = {}): AuditItem => ({
	seq,
	at: `2026-11-21T12:00:${String(seq).padStart(2, "0")}.000Z`,
	action,
	actor: { user: "olga" },
	user: "ann",
	origin: null,
	before: null,
	after: null,
	...more,
});

describe("A16 what is asked of the audit log", () => {
	it("leaves out what doesn't matter, and says times as the hub does", () => {
		expect(auditQuery(everything)).toEqual({});
		const from = "2026-11-21T13:30";
		expect(auditQuery({ ...everything, action: "team.", from, to: "not a time" })).toEqual({
			action: "team.",
			from: new Date(from).toISOString(),
		});
	});

	it.each<[boolean, Record<string, string>]>([
		[true, {}],
		[true, { user: "ann" }],
		[true, { user: "olga" }],
		[false, { user: "bob" }],
		[true, { action: "user.created" }],
		[true, { action: "user." }],
		[false, { action: "user" }],
		[false, { action: "use." }],
		[true, { from: "2026-11-21T12:00:05.000Z" }],
		[false, { from: "2026-11-21T12:00:05.001Z" }],
		[true, { to: "2026-11-21T12:00:05.001Z" }],
		[false, { to: "2026-11-21T12:00:05.000Z" }],
	])("%s: what is appended live is shown for %j", (shown, query) => {
		expect(fits(item(5, "user.created"), query)).toBe(shown);
	});
});

describe("what is shown of the audit log", () => {
	it("is the newest first, and each once", () => {
		const [one, two, three] = [item(1, "a.x"), item(2, "a.y"), item(3, "a.z")];
		expect(merged([two, one], [three, two]).map(({ seq }) => seq)).toEqual([3, 2, 1]);
	});

	it("names who did it", () => {
		const by = (actor: AuditItem["actor"]) => actorText(item(1, "a.x", { actor }), (id) => id.toUpperCase());
		expect([by({ user: "olga" }), by({ key: "k1" }), by({ operator: true }), by({ system: true })]).toEqual([
			"OLGA",
			"API key k1",
			"Operator",
			"Muster",
		]);
	});

	it("names what it is about, and nobody twice", () => {
		const about = (more: Partial<AuditItem>) => subjectText(item(1, "a.x", more), (id) => id.toUpperCase());
		expect(about({})).toBe("ANN");
		expect(about({ user: "olga", after: { name: "Olga" } })).toBeNull();
		expect(about({ user: null, after: { id: "i1", email: "new@acme.test" } })).toBe("new@acme.test");
		expect(about({ user: null, after: { id: "nights", name: "Nights" } })).toBe("Nights");
		expect(about({ user: null, before: { email: "new@acme.test" }, after: { id: "i1" } })).toBe(
			"new@acme.test",
		);
		expect(about({ user: null, before: { name: "Nights" }, after: { id: "nights" } })).toBe("Nights");
		expect(about({ user: null, after: null })).toBeNull();
		const gone = item(1, "user.removed", { before: { name: "Ann Lee" }, after: { user: "ann" } });
		expect(subjectText(gone, (id) => id)).toBe("Ann Lee");
	});

	it("says actions in words", () => {
		expect(actionText("team.member_added")).toBe("team member added");
	});
});

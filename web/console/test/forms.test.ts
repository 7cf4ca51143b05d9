import { MusterError } from "muster";
import { describe, expect, it } from "vitest";
import { changedFields } from "../src/lib/changes";
import { faultText, formFault } from "../src/lib/messages";
import { sectionsFor } from "../src/lib/sections";
import { counted, namesOf, sentence, title } from "../src/lib/text";

const refused = (kind: string, message: string, fields: Record<string, string> = {}) =>
	new MusterError(kind, message, { fields });
const has = (field: string) => ["email", "roles"].includes(field);

describe("what is wrong with a form", () => {
	it("is shown at the field at fault, in a sentence", () => {
		const error = refused("invalid_params", "Some fields are wrong", {
			email: "taken",
			"roles.1": "there is no such role",
		});
		expect(formFault(error, has)).toEqual({
			fields: { email: "This is taken already.", roles: "There is no such role." },
			error: null,
		});
	});

	it("is shown below if the form has no such field", () => {
		const error = refused("invalid_params", "x", { capacity: "must be 1000 or less" });
		expect(formFault(error, has)).toEqual({ fields: {}, error: "capacity: must be 1000 or less." });
		expect(faultText(error)).toBe("capacity: must be 1000 or less.");
	});

	it("is told in the hub's own words where it is about what was asked", () => {
		expect(faultText(refused("forbidden", "You can't remove the owner"))).toBe("You can't remove the owner.");
		expect(faultText(refused("seat_limit", "All 5 seats are taken"))).toBe("All 5 seats are taken.");
	});

	it("is told in ours where it is about the connection", () => {
		expect(faultText(refused("timeout", "user.create was not answered within 20000 ms."))).not.toContain(
			"user.create",
		);
		expect(faultText(new TypeError("x is undefined"))).not.toContain("undefined");
	});
});

describe("what a form changes", () => {
	const before = { name: "Uma", phone: null, roles: ["agent", "lead"], capacity: 5 };

	it("is only what differs, and lists in another order don't", () => {
		const given = { name: "Uma", phone: "1", roles: ["lead", "agent"], capacity: 6 };
		expect(changedFields(before, given)).toEqual({ phone: "1", capacity: 6 });
		expect(changedFields(before, { roles: ["agent"] })).toEqual({ roles: ["agent"] });
		expect(changedFields(before, before)).toEqual({});
	});
});

describe("texts", () => {
	it("are sentences with the right number", () => {
		expect(sentence("must be longer")).toBe("Must be longer.");
		expect(sentence("Really?")).toBe("Really?");
		expect(["custom_fields", "cms"].map(title)).toEqual(["Custom fields", "CMS"]);
		expect([counted(1, "seat", "seats"), counted(2, "seat", "seats")]).toEqual(["1 seat", "2 seats"]);
	});

	it("name what is known and leave the rest as it is", () => {
		expect(namesOf(["t1", "t2"], [{ id: "t1", name: "Days" }])).toBe("Days, t2");
	});
});

describe("the pages for those who run the workspace", () => {
	const ids = (...held: string[]) => sectionsFor((need) => held.includes(need)).map(({ id }) => id);

	it("are those that one's permissions open", () => {
		expect(ids("presence.self")).toEqual([]);
		expect(ids("workspace.manage")).toEqual(["workspace"]);
		expect(ids("roles.manage", "impersonate")).toEqual(["roles", "security"]);
		expect(ids("users.view", "users.manage", "audit.view")).toEqual(["users", "invites", "audit"]);
	});
});

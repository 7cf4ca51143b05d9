import { describe, expect, it } from "vitest";
import { keysOf, levelOf, modulesOf, switchesOf, withLevel } from "../src/lib/levels";

const platform = (key: string) => ({ key, help: key, module: true });
const own = (key: string) => ({ key, help: key, module: false });
const catalogue = [
	own("users.view"),
	own("users.manage"),
	platform("contacts.read:own"),
	platform("contacts.read"),
	platform("contacts.write:own"),
	platform("contacts.write"),
	platform("contacts.delete"),
	platform("templates.use"),
	platform("templates.read"),
	platform("templates.write"),
	platform("analytics.read"),
];

const modules = modulesOf(catalogue);
const module = (name: string) => {
	const found = modules.find((one) => one.name === name);
	if (!found) throw new Error(`there is no module ${name}`);
	return found;
};

describe("A8 levels of modules", () => {
	it("are for what can be read, written or deleted; all else is a switch", () => {
		expect(modules.map(({ name, levels }) => [name, levels])).toEqual([
			["contacts", ["none", "view", "edit"]],
			["templates", ["none", "view", "edit"]],
			["analytics", ["none", "view"]],
		]);
		expect(switchesOf(catalogue).map(({ name, keys }) => [name, keys.map(({ key }) => key)])).toEqual([
			["users", ["users.view", "users.manage"]],
			["templates", ["templates.use"]],
		]);
	});

	it.each([
		["none", []],
		["view", ["contacts.read"]],
		["view", ["contacts.read", "contacts.read:own"]],
		["edit", ["contacts.read", "contacts.write", "contacts.delete"]],
		["edit", ["contacts.write", "contacts.delete"]],
		["custom", ["contacts.write"]],
		["custom", ["contacts.read:own"]],
		["custom", ["contacts.read", "contacts.delete"]],
		["custom", ["contacts.read", "contacts.write:own"]],
	])("%s is what %j comes to", (level, keys) => {
		expect(levelOf(module("contacts"), [...keys, "users.view", "templates.use"])).toBe(level);
	});

	it("replace the module's keys and no others", () => {
		const before = ["users.view", "contacts.write:own", "templates.use"];
		for (const level of ["none", "view", "edit"] as const) {
			const after = withLevel(module("contacts"), level, before);
			expect(levelOf(module("contacts"), after)).toBe(level);
			expect(after).toEqual(["users.view", "templates.use", ...keysOf(module("contacts"), level)]);
		}
	});
});

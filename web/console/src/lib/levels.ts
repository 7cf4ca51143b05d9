/*
 * Permissions as people think of them: for each of the platform's modules a level, for all else a switch per key.
 * A module is what has keys with the verbs read, write and delete; a set of them that is no level is "custom".
 */

import type { Permission } from "muster";

export type Level = "none" | "view" | "edit" | "custom";

export interface Module {
	name: string;
	keys: Permission[];
	/** Those that can be chosen. */
	levels: Level[];
}

export interface Group {
	name: string;
	keys: Permission[];
}

const VERBS = ["read", "write", "delete"];

const moduleOf = (key: string): string => key.split(".")[0] ?? key;
const verbOf = (key: string): string => key.slice(key.indexOf(".") + 1);
const isWhole = (key: string): boolean => VERBS.includes(verbOf(key));
const isLevelKey = ({ key, module }: Permission): boolean =>
	module && VERBS.includes(verbOf(key).split(":")[0] ?? "");

function grouped(permissions: readonly Permission[]): Map<string, Permission[]> {
	const groups = new Map<string, Permission[]>();
	for (const permission of permissions) {
		const name = moduleOf(permission.key);
		groups.set(name, [...(groups.get(name) ?? []), permission]);
	}
	return groups;
}

export function modulesOf(catalogue: readonly Permission[]): Module[] {
	return [...grouped(catalogue.filter(isLevelKey))].map(([name, keys]) => {
		const more = keys.some(({ key }) => isWhole(key) && verbOf(key) !== "read");
		return { name, keys, levels: more ? ["none", "view", "edit"] : ["none", "view"] };
	});
}

/** What is no level of a module, by the word that the keys begin with. */
export function switchesOf(catalogue: readonly Permission[]): Group[] {
	const rest = catalogue.filter((permission) => !isLevelKey(permission));
	return [...grouped(rest)].map(([name, keys]) => ({ name, keys }));
}

/** The keys that stand for a level. */
export function keysOf({ keys }: Module, level: Level): string[] {
	const whole = keys.map(({ key }) => key).filter(isWhole);
	if (level === "edit") return whole;
	return level === "view" ? whole.filter((key) => verbOf(key) === "read") : [];
}

/* Writing includes reading, and all includes one's own: such keys say nothing more. */
function widest(held: readonly string[]): string[] {
	return held.filter((key) => {
		const [whole = "", scope] = key.split(":");
		const module = moduleOf(key);
		if (scope !== undefined && held.includes(whole)) return false;
		if (verbOf(whole) !== "read") return true;
		return (
			!held.includes(`${module}.write`) && !(scope !== undefined && held.includes(`${module}.write:${scope}`))
		);
	});
}

export function levelOf(module: Module, permissions: readonly string[]): Level {
	const own = module.keys.map(({ key }) => key).filter((key) => permissions.includes(key));
	const is = (level: Level) => {
		const [a, b] = [widest(own), widest(keysOf(module, level))];
		return a.length === b.length && a.every((key) => b.includes(key));
	};
	return module.levels.find(is) ?? "custom";
}

export function withLevel(module: Module, level: Level, permissions: readonly string[]): string[] {
	const others = permissions.filter((key) => !module.keys.some((own) => own.key === key));
	return [...others, ...keysOf(module, level)];
}

import type { BaseStatus, Presence, Team } from "muster";
import { describe, expect, it } from "vitest";
import { teamNames } from "../src/board/teamNames";
import { enrolled, everybody, grouped, tally } from "../src/lib/roll";

function person(user: string, name: string, base: BaseStatus, more: Partial<Presence> = {}): Presence {
	return {
		user,
		name,
		status: base,
		base,
		since: "2026-11-21T12:00:00.000Z",
		cause: "self",
		note: null,
		until: null,
		devices: [],
		...more,
	};
}

const people = [
	person("u1", "Zoë", "available", { since: "2026-11-21T11:00:00.000Z" }),
	person("u2", "Ben", "busy", { note: "Billing call" }),
	person("u3", "Anna", "available", { since: "2026-11-21T11:30:00.000Z" }),
	person("u4", "Cleo", "offline"),
];
const teams: Team[] = [
	{ id: "t1", name: "Nights", members: ["u1", "u4"] },
	{ id: "t2", name: "Days", members: ["u1", "u2"] },
];
const users = (list: readonly Presence[]) => list.map(({ user }) => user);

describe("who is on the roll", () => {
	it("is everybody without a filter", () => {
		expect(users(enrolled(people, everybody, teams))).toEqual(["u1", "u2", "u3", "u4"]);
	});

	it("finds names and notes, whatever case and accents", () => {
		expect(users(enrolled(people, { ...everybody, search: " zoe " }, teams))).toEqual(["u1"]);
		expect(users(enrolled(people, { ...everybody, search: "BILLING" }, teams))).toEqual(["u2"]);
		expect(users(enrolled(people, { ...everybody, search: "nobody" }, teams))).toEqual([]);
	});

	it("keeps to a team; one that is gone has no members", () => {
		expect(users(enrolled(people, { ...everybody, team: "t2" }, teams))).toEqual(["u1", "u2"]);
		expect(users(enrolled(people, { ...everybody, team: "gone" }, teams))).toEqual([]);
	});
});

describe("groups", () => {
	it("come in the order of the board, by name within", () => {
		const groups = grouped(people, everybody).map(({ base, people: list }) => [base, users(list)]);
		expect(groups).toEqual([
			["available", ["u3", "u1"]],
			["busy", ["u2"]],
			["offline", ["u4"]],
		]);
	});

	it("can be ordered by the longest time in status", () => {
		const [available] = grouped(people, { ...everybody, order: "longest" });
		expect(users(available?.people ?? [])).toEqual(["u1", "u3"]);
		const newcomer = person("u0", "Abe", "offline", { since: null });
		const [offline] = grouped([newcomer, ...people], { ...everybody, base: "offline", order: "longest" });
		expect(users(offline?.people ?? [])).toEqual(["u4", "u0"]);
	});

	it("can be only one", () => {
		const groups = grouped(people, { ...everybody, base: "busy" });
		expect(groups.map(({ base }) => base)).toEqual(["busy"]);
	});
});

describe("tally", () => {
	it("counts each base status, also those of nobody", () => {
		expect(tally(people)).toEqual({ available: 2, busy: 1, away: 0, offline: 1 });
	});
});

describe("teamNames", () => {
	it("joins the names of each person's teams", () => {
		expect(Object.fromEntries(teamNames(teams))).toEqual({ u1: "Nights, Days", u2: "Days", u4: "Nights" });
	});
});

/* The roll that the board shows: who is on it, in which group, in which order. */

import type { BaseStatus, Presence, Team } from "muster";
import { byFill } from "./conversations";
import { BASES } from "./statuses";
import { folded } from "./text";

export type Order = "name" | "longest" | "fullest";

export interface RollFilter {
	search: string;
	team: string;
	/** Null for all. */
	base: BaseStatus | null;
	order: Order;
}

export interface RollGroup {
	base: BaseStatus;
	people: Presence[];
}

export const everybody: RollFilter = { search: "", team: "", base: null, order: "name" };

const byName = (a: Presence, b: Presence) => a.name.localeCompare(b.name) || a.user.localeCompare(b.user);
/* RFC 3339 in UTC sorts as text; who was never there comes last. */
const began = ({ since }: Presence) => since ?? "never";
const byFullest = (a: Presence, b: Presence) => byFill(b, a) || byName(a, b);
const byLongest = (a: Presence, b: Presence) => began(a).localeCompare(began(b)) || byName(a, b);

const orders: Readonly<Record<Order, (a: Presence, b: Presence) => number>> = {
	name: byName,
	longest: byLongest,
	fullest: byFullest,
};

/** Those of a team and a search, whatever their status. */
export function enrolled(people: Iterable<Presence>, filter: RollFilter, teams: readonly Team[]): Presence[] {
	const members = filter.team ? new Set(teams.find(({ id }) => id === filter.team)?.members) : null;
	const wanted = folded(filter.search.trim());
	return [...people].filter(
		(person) =>
			(!members || members.has(person.user)) &&
			(wanted === "" || folded(`${person.name} ${person.note ?? ""}`).includes(wanted)),
	);
}

export function tally(people: readonly Presence[]): Record<BaseStatus, number> {
	const counts: Record<BaseStatus, number> = { available: 0, busy: 0, away: 0, offline: 0 };
	for (const { base } of people) counts[base]++;
	return counts;
}

/** Grouped by base status; groups without anybody are left out. */
export function grouped(people: readonly Presence[], filter: RollFilter): RollGroup[] {
	const order = orders[filter.order];
	return BASES.filter((base) => filter.base === null || filter.base === base)
		.map((base) => ({ base, people: people.filter((person) => person.base === base).sort(order) }))
		.filter((group) => group.people.length > 0);
}

import type { Team } from "muster";

/** The names of each person's teams, by user. */
export function teamNames(teams: readonly Team[]): ReadonlyMap<string, string> {
	const names = new Map<string, string>();
	for (const { name, members } of teams) {
		for (const user of members) {
			const before = names.get(user);
			names.set(user, before ? `${before}, ${name}` : name);
		}
	}
	return names;
}

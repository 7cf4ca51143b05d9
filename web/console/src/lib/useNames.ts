/* What ids stand for: people as far as one sees them, teams as far as one may list them. */

import { usePresence, useSession } from "muster/react";
import { useMemo } from "react";
import { useTeams } from "./useTeams";

export interface Names {
	/** Who is not to be seen goes by their id. */
	user(id: string): string;
	team(id: string): string;
}

export function useNames(): Names {
	const { users } = usePresence();
	const teams = useTeams();
	const me = useSession()?.user;
	return useMemo(
		() => ({
			user: (id) => users.get(id)?.name ?? (id === me?.id ? me.name : id),
			team: (id) => teams.find((team) => team.id === id)?.name ?? id,
		}),
		[users, teams, me],
	);
}

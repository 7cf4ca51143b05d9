/* The teams that one may see, kept in step with what happens to them. */

import type { Team } from "muster";
import { useConnection, useMuster, useMusterEvent } from "muster/react";
import { useCallback, useEffect, useState } from "react";
import { allPages } from "./paging";

const NONE: readonly Team[] = [];

export function useTeams(): readonly Team[] {
	const client = useMuster();
	const live = useConnection().phase === "live";
	const [teams, setTeams] = useState(NONE);

	const load = useCallback(() => {
		/* Who may not list teams has none to choose from: nothing to be told about. */
		allPages<Team>((after) => client.call("team.list", after)).then(setTeams, () => {});
	}, [client]);

	useEffect(() => {
		if (live) load();
	}, [live, load]);
	useMusterEvent("event", ({ type }) => {
		if (type.startsWith("team.")) load();
	});
	return teams;
}

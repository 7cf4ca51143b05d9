/* The teams that one may see. Who may not list teams has none to choose from: nothing to be told about. */

import { type Team, teamList } from "muster";
import { useLiveList } from "muster/react";

const NONE: readonly Team[] = [];

export function useTeams(): readonly Team[] {
	return useLiveList(teamList).items ?? NONE;
}

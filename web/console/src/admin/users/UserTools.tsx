import type { Account, Team } from "muster";
import { SearchTool, SelectTool } from "../../ui/Tools";

export interface UserFilter {
	search: string;
	/** Empty for all, as is the team. */
	state: Account["state"] | "";
	team: string;
}

interface Props {
	filter: UserFilter;
	teams: readonly Team[];
	onChange(filter: UserFilter): void;
}

const states: ReadonlyArray<{ id: Account["state"]; name: string }> = [
	{ id: "active", name: "Active" },
	{ id: "deactivated", name: "Deactivated" },
];

export function UserTools({ filter, teams, onChange }: Props) {
	return (
		<search className="tools">
			<SearchTool
				label="Search by name or email"
				testId="user-search"
				value={filter.search}
				onChange={(search) => onChange({ ...filter, search })}
			/>
			<SelectTool
				label="State"
				testId="user-state-filter"
				options={states}
				none="All"
				value={filter.state}
				onChange={(state) => onChange({ ...filter, state })}
			/>
			<SelectTool
				label="Team"
				testId="user-team-filter"
				options={teams}
				none="All"
				value={filter.team}
				onChange={(team) => onChange({ ...filter, team })}
			/>
		</search>
	);
}

import type { Account, Team } from "muster";
import { useId } from "react";

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

export function UserTools({ filter, teams, onChange }: Props) {
	const id = useId();
	return (
		<search className="tools">
			<div className="tool tool-wide">
				<label className="visually-hidden" htmlFor={`${id}-search`}>
					Search by name or email
				</label>
				<input
					id={`${id}-search`}
					className="input"
					type="search"
					data-testid="user-search"
					placeholder="Search by name or email"
					value={filter.search}
					onChange={(event) => onChange({ ...filter, search: event.target.value })}
				/>
			</div>
			<div className="tool">
				<label htmlFor={`${id}-state`}>State</label>
				<select
					id={`${id}-state`}
					className="input"
					data-testid="user-state-filter"
					value={filter.state}
					onChange={(event) => onChange({ ...filter, state: event.target.value as UserFilter["state"] })}
				>
					<option value="">All</option>
					<option value="active">Active</option>
					<option value="deactivated">Deactivated</option>
				</select>
			</div>
			{teams.length > 0 && (
				<div className="tool">
					<label htmlFor={`${id}-team`}>Team</label>
					<select
						id={`${id}-team`}
						className="input"
						data-testid="user-team-filter"
						value={filter.team}
						onChange={(event) => onChange({ ...filter, team: event.target.value })}
					>
						<option value="">All</option>
						{teams.map((team) => (
							<option key={team.id} value={team.id}>
								{team.name}
							</option>
						))}
					</select>
				</div>
			)}
		</search>
	);
}

import type { Team } from "muster";
import { useId } from "react";
import type { Order, RollFilter } from "../lib/roll";

interface Props {
	filter: RollFilter;
	teams: readonly Team[];
	onChange(part: Partial<RollFilter>): void;
}

export function BoardTools({ filter, teams, onChange }: Props) {
	const id = useId();
	return (
		<search className="board-tools">
			<div className="board-tool board-search">
				<label className="visually-hidden" htmlFor={`${id}-search`}>
					Search by name or note
				</label>
				<input
					id={`${id}-search`}
					className="input"
					type="search"
					data-testid="board-search"
					placeholder="Search by name or note"
					value={filter.search}
					onChange={(event) => onChange({ search: event.target.value })}
				/>
			</div>
			{teams.length > 0 && (
				<div className="board-tool">
					<label htmlFor={`${id}-team`}>Team</label>
					<select
						id={`${id}-team`}
						className="input"
						data-testid="board-team"
						value={filter.team}
						onChange={(event) => onChange({ team: event.target.value })}
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
			<div className="board-tool">
				<label htmlFor={`${id}-order`}>Order</label>
				<select
					id={`${id}-order`}
					className="input"
					data-testid="board-order"
					value={filter.order}
					onChange={(event) => onChange({ order: event.target.value as Order })}
				>
					<option value="name">By name</option>
					<option value="longest">Longest in status</option>
				</select>
			</div>
		</search>
	);
}

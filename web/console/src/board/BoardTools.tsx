import type { Team } from "muster";
import type { Order, RollFilter } from "../lib/roll";
import { SearchTool, SelectTool } from "../ui/Tools";

interface Props {
	filter: RollFilter;
	teams: readonly Team[];
	onChange(part: Partial<RollFilter>): void;
}

const orders: ReadonlyArray<{ id: Order; name: string }> = [
	{ id: "name", name: "By name" },
	{ id: "longest", name: "Longest in status" },
	{ id: "fullest", name: "Fullest first" },
];

export function BoardTools({ filter, teams, onChange }: Props) {
	return (
		<search className="tools">
			<SearchTool
				label="Search by name or note"
				testId="board-search"
				value={filter.search}
				onChange={(search) => onChange({ search })}
			/>
			<SelectTool
				label="Team"
				testId="board-team"
				options={teams}
				none="All"
				value={filter.team}
				onChange={(team) => onChange({ team })}
			/>
			<SelectTool
				label="Order"
				testId="board-order"
				options={orders}
				value={filter.order}
				onChange={(order) => onChange({ order: order || "name" })}
			/>
		</search>
	);
}

import type { BaseStatus, Presence, StatusOption } from "muster";
import { useState } from "react";
import { baseLabel } from "../lib/statuses";
import { StatusGlyph } from "../ui/StatusGlyph";
import { PersonRow } from "./PersonRow";
import "./rows.css";

/* More than anybody reads; drawing thousands would only slow the page down. */
const SHOWN_AT_FIRST = 200;

interface Props {
	base: BaseStatus;
	people: readonly Presence[];
	options: readonly StatusOption[];
	teamsOf: ReadonlyMap<string, string>;
	mayAct(person: Presence): boolean;
	onAct(user: string): void;
}

export function BoardGroup({ base, people, options, teamsOf, mayAct, onAct }: Props) {
	const [whole, setWhole] = useState(false);
	const shown = whole ? people : people.slice(0, SHOWN_AT_FIRST);
	return (
		<section className="group" data-base={base} aria-label={baseLabel(base)}>
			<h2 className="group-title">
				<StatusGlyph base={base} />
				{baseLabel(base)} <span className="count">{people.length}</span>
			</h2>
			<ul className="rows">
				{shown.map((person) => (
					<PersonRow
						key={person.user}
						person={person}
						options={options}
						teams={teamsOf.get(person.user)}
						onAct={mayAct(person) ? onAct : undefined}
					/>
				))}
			</ul>
			{shown.length < people.length && (
				<button type="button" className="button" onClick={() => setWhole(true)}>
					Show all {people.length}
				</button>
			)}
		</section>
	);
}

/* The people of one's own teams, as far as one may see them. */

import type { Presence, StatusOption, Team } from "muster";
import { usePresence } from "muster/react";
import { useMemo } from "react";
import { everybody, grouped } from "../lib/roll";
import { Colleague } from "./Colleague";

interface Props {
	me: string;
	teams: readonly Team[];
	options: readonly StatusOption[];
}

interface Circle {
	id: string;
	name: string;
	people: Presence[];
}

export function Colleagues({ me, teams, options }: Props) {
	const { users } = usePresence();
	const circles = useMemo(() => circlesOf(me, teams, users), [me, teams, users]);
	return (
		<section className="panel" aria-label="Your team">
			{circles.map(({ id, name, people }) => (
				<div key={id} className="circle">
					<h2 className="panel-title">
						{name} <span className="count">{people.length}</span>
					</h2>
					<ul className="colleagues">
						{people.map((person) => (
							<Colleague key={person.user} person={person} options={options} />
						))}
					</ul>
				</div>
			))}
			{circles.length === 0 && <p className="empty">Nobody else to see here yet.</p>}
		</section>
	);
}

/* By team where teams are known, else all that one sees. */
function circlesOf(me: string, teams: readonly Team[], users: ReadonlyMap<string, Presence>): Circle[] {
	const inOrder = (people: Presence[]) => grouped(people, everybody).flatMap((group) => group.people);
	const others = [...users.values()].filter(({ user }) => user !== me);
	const mine = teams.filter(({ members }) => members.includes(me));
	const circles = mine.map(({ id, name, members }) => ({
		id,
		name,
		people: inOrder(others.filter(({ user }) => members.includes(user))),
	}));
	const known = circles.filter(({ people }) => people.length > 0);
	if (known.length > 0 || mine.length > 0) return known;
	return others.length > 0 ? [{ id: "", name: "Colleagues", people: inOrder(others) }] : [];
}

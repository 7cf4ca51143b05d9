/* The supervisor's live board: the roll of everybody that one may see. */

import type { Presence } from "muster";
import { type Me, usePresence } from "muster/react";
import { useCallback, useMemo, useState } from "react";
import { enrolled, everybody, grouped, type RollFilter, tally } from "../lib/roll";
import { statusOptions } from "../lib/statuses";
import { useTeams } from "../lib/useTeams";
import { BoardGroup } from "./BoardGroup";
import { BoardTools } from "./BoardTools";
import { PersonDialog } from "./PersonDialog";
import { Tally } from "./Tally";
import { teamNames } from "./teamNames";
import { useRowFocus } from "./useRowFocus";
import "./board.css";
import "./tally.css";

export function BoardPage({ me }: { me: Me }) {
	const { users } = usePresence();
	const teams = useTeams();
	const [filter, setFilter] = useState<RollFilter>(everybody);
	const [chosen, setChosen] = useState<string | null>(null);
	const { statuses } = me.session.settings;
	const options = useMemo(() => statusOptions(statuses), [statuses]);
	const names = useMemo(() => teamNames(teams), [teams]);

	const people = useMemo(() => enrolled(users.values(), filter, teams), [users, filter, teams]);
	const groups = useMemo(() => grouped(people, filter), [people, filter]);
	const change = useCallback((part: Partial<RollFilter>) => setFilter((now) => ({ ...now, ...part })), []);

	const { list, onFocus, onBlur, returnTo } = useRowFocus();
	const onClose = useCallback(() => {
		if (chosen !== null) returnTo(chosen);
		setChosen(null);
	}, [chosen, returnTo]);

	const person = chosen === null ? undefined : users.get(chosen);
	const mayForce = me.may("presence.force");
	const mayRevoke = me.may("sessions.revoke");
	const seesTalks = me.may("conversations.view:team");
	const mayLimit = me.may("capacity.manage") && !me.session.view_as;
	const mayAct = (one: Presence) =>
		(mayForce || mayRevoke || mayLimit || seesTalks) && one.user !== me.session.user.id;

	return (
		<div className="board" data-testid="board">
			<h1 className="visually-hidden">Board</h1>
			<Tally counts={tally(people)} chosen={filter.base} onChoose={(base) => change({ base })} />
			<BoardTools filter={filter} teams={teams} onChange={change} />
			{/* biome-ignore lint/a11y/noStaticElementInteractions: it only notes which of its buttons has the focus */}
			<div ref={list} className="board-groups" onFocus={onFocus} onBlur={onBlur}>
				{groups.map(({ base, people: members }) => (
					<BoardGroup
						key={base}
						base={base}
						people={members}
						options={options}
						teamsOf={names}
						mayAct={mayAct}
						onAct={setChosen}
					/>
				))}
			</div>
			{groups.length === 0 && (
				<p className="empty board-empty">
					{users.size === 0 ? "Nobody is on the roll yet." : "Nobody fits this search."}
				</p>
			)}
			{person && (
				<PersonDialog
					person={person}
					options={options}
					mayForce={mayForce}
					mayRevoke={mayRevoke}
					mayLimit={mayLimit}
					seesTalks={seesTalks}
					onClose={onClose}
				/>
			)}
		</div>
	);
}

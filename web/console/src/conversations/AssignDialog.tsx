/* Gives a conversation to somebody else, or to another team. */

import type { Conversation, Presence } from "muster";
import { type Me, usePresence } from "muster/react";
import { type FormEvent, useMemo, useState } from "react";
import { assignWord, byRoom, isFull, standOf, subjectOf } from "../lib/conversations";
import { statusLabel, statusOptions } from "../lib/statuses";
import { folded } from "../lib/text";
import { useNames } from "../lib/useNames";
import { useTeams } from "../lib/useTeams";
import { Dialog } from "../ui/Dialog";
import { SearchTool, SelectTool } from "../ui/Tools";
import { AssignChoice, PersonChoice } from "./AssignChoice";
import { useReassign } from "./useReassign";

interface Props {
	me: Me;
	conversation: Conversation;
	onClose(): void;
}

/* Fewer are found faster by eye. */
const SEARCH_FROM = 8;
/* Those behind are found by their names. */
const SHOWN = 50;

export function AssignDialog({ me, conversation, onClose }: Props) {
	const names = useNames();
	const teams = useTeams();
	const { users } = usePresence();
	const [team, setTeam] = useState(conversation.team ?? "");
	/* Empty: nobody; null: not chosen yet. */
	const [user, setUser] = useState<string | null>(null);
	const [search, setSearch] = useState("");
	const { busy, error, refused, reconsider, send } = useReassign(conversation);

	const people = useMemo(() => {
		const members = team === "" ? null : new Set(teams.find(({ id }) => id === team)?.members);
		return [...users.values()].filter((one) => members?.has(one.user) ?? true).sort(byRoom);
	}, [users, teams, team]);
	const wanted = folded(search.trim());
	const shown = people.filter(({ name }) => folded(name).includes(wanted)).slice(0, SHOWN);
	const statuses = statusOptions(me.session.settings.statuses);
	const moves = team !== (conversation.team ?? "");
	const hasIt = (one: Presence) => one.user === conversation.assignee && !moves;
	const mayForce = me.may("capacity.manage");
	const chosen = user === null ? undefined : users.get(user);
	const force = mayForce && (refused || (chosen !== undefined && isFull(chosen)));
	const word = assignWord(conversation);

	const submit = async (event: FormEvent) => {
		event.preventDefault();
		if (await send(user || null, team, force)) onClose();
	};
	const choose = (id: string | null) => {
		setUser(id);
		reconsider();
	};
	const changeTeam = (id: string) => {
		setTeam(id);
		choose(null);
	};

	return (
		<Dialog title={word} onClose={onClose}>
			<form className="assign" onSubmit={submit}>
				<p className="assign-what">
					<strong>{subjectOf(conversation)}</strong>{" "}
					<span className="empty">
						{conversation.assignee === null
							? "Nobody has it."
							: `${names.user(conversation.assignee)} has it.`}
					</span>
				</p>
				<div className="tools">
					{people.length >= SEARCH_FROM && (
						<SearchTool label="Search by name" testId="assign-search" value={search} onChange={setSearch} />
					)}
					<SelectTool
						label="Team"
						testId="assign-team"
						options={teams}
						none="No team"
						value={team}
						onChange={changeTeam}
					/>
				</div>
				<fieldset className="assign-people">
					<legend className="visually-hidden">To whom</legend>
					{(moves || standOf(conversation) !== "waiting") && (
						<AssignChoice id="" chosen={user} onChoose={choose}>
							<span className="assign-name">Nobody</span>
							<span className="assign-more">
								into {team === "" ? "the queue of no team" : `the queue of ${names.team(team)}`}
							</span>
						</AssignChoice>
					)}
					{shown.map((person) => (
						<AssignChoice
							key={person.user}
							id={person.user}
							chosen={user}
							disabled={hasIt(person) || (isFull(person) && !mayForce)}
							onChoose={choose}
						>
							<PersonChoice
								person={person}
								status={hasIt(person) ? "has it" : statusLabel(person, statuses)}
							/>
						</AssignChoice>
					))}
					{shown.length === 0 && <p className="empty">Nobody fits.</p>}
				</fieldset>
				{error && (
					<p className="form-error" role="alert" data-testid="assign-error">
						{error}
					</p>
				)}
				<button
					type="submit"
					className="button button-main"
					data-testid="assign-submit"
					disabled={busy || user === null}
				>
					{force ? `${word} over the limit` : word}
				</button>
			</form>
		</Dialog>
	);
}

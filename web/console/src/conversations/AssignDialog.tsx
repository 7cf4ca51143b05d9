/*
 * Gives a conversation to somebody else, or to another team. It is decided on what was shown: if somebody has changed
 * it meanwhile nothing is done, and the next attempt is about what is there now.
 */

import { type Conversation, MusterError, type Presence } from "muster";
import { type Me, useMuster, usePresence } from "muster/react";
import { type FormEvent, useMemo, useRef, useState } from "react";
import { assignWord, byRoom, isFull, standOf, subjectOf } from "../lib/conversations";
import { statusLabel, statusOptions } from "../lib/statuses";
import { folded } from "../lib/text";
import { useNames } from "../lib/useNames";
import { useTeams } from "../lib/useTeams";
import { Dialog } from "../ui/Dialog";
import { LoadMeter } from "../ui/LoadMeter";
import { StatusGlyph } from "../ui/StatusGlyph";
import { SearchTool, SelectTool } from "../ui/Tools";
import { useAction } from "../ui/useAction";
import { actFault } from "./useActs";

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
	const client = useMuster();
	const names = useNames();
	const teams = useTeams();
	const { users } = usePresence();
	/* What the decision is about. */
	const held = useRef(conversation);
	const [team, setTeam] = useState(conversation.team ?? "");
	const [user, setUser] = useState<string | null>(null);
	const [search, setSearch] = useState("");
	const [refused, setRefused] = useState(false);

	const people = useMemo(() => {
		const members = team === "" ? null : new Set(teams.find(({ id }) => id === team)?.members);
		return [...users.values()].filter((one) => members?.has(one.user) ?? true).sort(byRoom);
	}, [users, teams, team]);
	const wanted = folded(search.trim());
	const shown = people.filter(({ name }) => folded(name).includes(wanted)).slice(0, SHOWN);
	const chosen = user === null ? undefined : users.get(user);
	const word = assignWord(conversation);
	const statuses = statusOptions(me.session.settings.statuses);
	const hasIt = ({ user: id }: Presence) =>
		id === conversation.assignee && team === (conversation.team ?? "");
	const mayForce = me.may("capacity.manage");
	const force = mayForce && (refused || (chosen !== undefined && isFull(chosen)));

	const { busy, error, run } = useAction((caught) => {
		const text = actFault(caught, held.current, (id) => users.get(id)?.name);
		if (caught instanceof MusterError && caught.kind === "conflict") {
			const present = caught.present as Conversation | undefined;
			setRefused(present === undefined || present.version === held.current.version);
			held.current = present ?? held.current;
		}
		return text;
	});
	const submit = async (event: FormEvent) => {
		event.preventDefault();
		const { id, version } = held.current;
		const at = { id, if_version: version };
		const moved = team !== (held.current.team ?? "") ? { team: team || null } : {};
		const done = await run(() => {
			if (user === "" && !("team" in moved)) return client.call("conversation.unassign", at);
			const to = user ? { user, ...(force && { force }) } : {};
			return client.call("conversation.assign", { ...at, ...moved, ...to });
		});
		if (done) onClose();
	};
	const choose = (id: string) => {
		setUser(id);
		setRefused(false);
	};
	const changeTeam = (id: string) => {
		setTeam(id);
		setUser(null);
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
					{(standOf(conversation) !== "waiting" || team !== (conversation.team ?? "")) && (
						<Choice id="" chosen={user} onChoose={choose}>
							<span className="assign-name">Nobody</span>
							<span className="assign-more">
								into {team === "" ? "the queue of no team" : `the queue of ${names.team(team)}`}
							</span>
						</Choice>
					)}
					{shown.map((person) => (
						<Choice
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
						</Choice>
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

interface ChoiceProps {
	id: string;
	chosen: string | null;
	disabled?: boolean;
	children: React.ReactNode;
	onChoose(id: string): void;
}

function Choice({ id, chosen, disabled, children, onChoose }: ChoiceProps) {
	return (
		<label className="assign-choice">
			<input
				type="radio"
				name="user"
				value={id}
				data-testid={id === "" ? "assign-to-nobody" : `assign-to-${id}`}
				checked={chosen === id}
				disabled={disabled}
				onChange={() => onChoose(id)}
			/>
			{children}
		</label>
	);
}

function PersonChoice({ person, status }: { person: Presence; status: string }) {
	return (
		<>
			<span className="assign-name">
				<StatusGlyph base={person.base} />
				{person.name}
			</span>
			<span className="assign-more">{status}</span>
			<LoadMeter load={person.load} capacity={person.capacity} />
		</>
	);
}

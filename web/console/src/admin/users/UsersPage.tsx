/* Everybody in the workspace: who they are, what they hold, whether they may come in. */

import { type Account, roleList, teamList, userList } from "muster";
import { type Me, useLiveList } from "muster/react";
import { useMemo, useState } from "react";
import { byName, folded, namesOf } from "../../lib/text";
import { ListState } from "../../ui/ListState";
import { Heading } from "../Heading";
import { AddUser } from "./AddUser";
import { RemoveUsers } from "./RemoveUsers";
import { SeatMeter } from "./SeatMeter";
import { UserDialog } from "./UserDialog";
import { UserRow } from "./UserRow";
import { type UserFilter, UserTools } from "./UserTools";
import "./users.css";

/* More than anybody reads; drawing thousands would only slow the page down. */
const SHOWN_AT_FIRST = 200;

type Open = { what: "add" | "remove" } | { what: "user"; id: string } | null;

export function UsersPage({ me }: { me: Me }) {
	const { items, error } = useLiveList(userList);
	const roles = useLiveList(roleList).items ?? [];
	const teams = useLiveList(teamList).items ?? [];
	const [filter, setFilter] = useState<UserFilter>({ search: "", state: "", team: "" });
	const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
	const [open, setOpen] = useState<Open>(null);
	const [whole, setWhole] = useState(false);
	const users = useMemo(() => items && fitting(items, filter), [items, filter]);
	const mayManage = me.may("users.manage");
	const close = () => setOpen(null);

	const chosen = items?.filter(({ id }) => picked.has(id)) ?? [];
	const person = open?.what === "user" && items?.find(({ id }) => id === open.id);
	const pick = (id: string, on: boolean) =>
		setPicked((before) => new Set(on ? [...before, id] : [...before].filter((one) => one !== id)));

	return (
		<>
			<Heading title="People" count={items?.length}>
				{mayManage && <SeatMeter />}
				{mayManage && (
					<button
						type="button"
						className="button button-main"
						data-testid="user-add"
						onClick={() => setOpen({ what: "add" })}
					>
						Add person
					</button>
				)}
			</Heading>
			<UserTools filter={filter} teams={teams} onChange={setFilter} />
			{chosen.length > 0 && (
				<div className="picked" role="status">
					<span>{chosen.length} selected</span>
					<button
						type="button"
						className="button"
						data-testid="users-remove"
						onClick={() => setOpen({ what: "remove" })}
					>
						Remove…
					</button>
					<button type="button" className="button button-quiet" onClick={() => setPicked(new Set())}>
						Clear
					</button>
				</div>
			)}
			{users && users.length > 0 && (
				<ul className="items">
					{users.slice(0, whole ? users.length : SHOWN_AT_FIRST).map((user) => (
						<UserRow
							key={user.id}
							user={user}
							roles={namesOf(user.roles, roles)}
							teams={namesOf(user.teams, teams)}
							picked={picked.has(user.id)}
							onPick={mayManage ? pick : undefined}
							onOpen={(id) => setOpen({ what: "user", id })}
						/>
					))}
				</ul>
			)}
			{users && users.length > SHOWN_AT_FIRST && !whole && (
				<button type="button" className="button" onClick={() => setWhole(true)}>
					Show all {users.length}
				</button>
			)}
			<ListState shown={users?.length ?? null} error={error} empty="Nobody fits this search." />
			{open?.what === "add" && <AddUser roles={roles} teams={teams} onClose={close} />}
			{open?.what === "remove" && <RemoveUsers users={chosen} onClose={close} />}
			{person && <UserDialog me={me} user={person} roles={roles} teams={teams} onClose={close} />}
		</>
	);
}

function fitting(users: readonly Account[], { search, state, team }: UserFilter): Account[] {
	const wanted = folded(search.trim());
	return users
		.filter(
			(user) =>
				(state === "" || user.state === state) &&
				(team === "" || user.teams.includes(team)) &&
				(wanted === "" || folded(`${user.name} ${user.email}`).includes(wanted)),
		)
		.sort(byName);
}

/* The teams and who belongs to them. */

import { teamList, userList } from "muster";
import { type Me, useLiveList } from "muster/react";
import { useState } from "react";
import { strategyText } from "../../lib/conversations";
import { byName, counted } from "../../lib/text";
import { ListState } from "../../ui/ListState";
import { Heading } from "../Heading";
import { Item } from "../Item";
import { AddTeam } from "./AddTeam";
import { TeamDialog } from "./TeamDialog";

export function TeamsPage(_: { me: Me }) {
	const { items, error } = useLiveList(teamList);
	const users = useLiveList(userList).items ?? [];
	const [open, setOpen] = useState<string | "add" | null>(null);
	const close = () => setOpen(null);
	const team = items?.find(({ id }) => id === open);

	return (
		<>
			<Heading title="Teams" count={items?.length}>
				<button
					type="button"
					className="button button-main"
					data-testid="team-add"
					onClick={() => setOpen("add")}
				>
					Add team
				</button>
			</Heading>
			{items && items.length > 0 && (
				<ul className="items">
					{[...items].sort(byName).map(({ id, name, lead, members, strategy }) => (
						<Item
							key={id}
							kind="team"
							id={id}
							data-members={members.length}
							name={name}
							more={
								<>
									{counted(members.length, "member", "members")}
									{lead && `, led by ${users.find((user) => user.id === lead)?.name ?? lead}`}
								</>
							}
							aside={strategy && strategyText(strategy)}
							onOpen={setOpen}
						/>
					))}
				</ul>
			)}
			<ListState shown={items?.length ?? null} error={error} empty="There are no teams yet." />
			{open === "add" && <AddTeam teams={items ?? []} users={users} onClose={close} />}
			{team && <TeamDialog team={team} teams={items ?? []} users={users} onClose={close} />}
		</>
	);
}

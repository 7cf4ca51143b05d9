/* One person: what can be changed about them, and what can be done about them. */

import type { Account, Role, Team } from "muster";
import type { Me } from "muster/react";
import { namesOf } from "../../lib/text";
import { Dialog } from "../../ui/Dialog";
import { EditUser } from "./EditUser";
import { UserActions } from "./UserActions";

interface Props {
	me: Me;
	user: Account;
	roles: readonly Role[];
	teams: readonly Team[];
	onClose(): void;
}

export function UserDialog({ me, user, roles, teams, onClose }: Props) {
	return (
		<Dialog title={user.name} onClose={onClose}>
			{me.may("users.manage") ? (
				<EditUser user={user} roles={roles} teams={teams} onDone={onClose} />
			) : (
				<dl className="facts">
					<Fact name="Email" text={user.email} />
					<Fact name="Phone" text={user.phone ?? "–"} />
					<Fact name="Roles" text={namesOf(user.roles, roles)} />
					<Fact name="Teams" text={namesOf(user.teams, teams) || "–"} />
					<Fact name="Conversations at a time" text={String(user.capacity)} />
				</dl>
			)}
			<UserActions me={me} user={user} onClose={onClose} />
		</Dialog>
	);
}

function Fact({ name, text }: { name: string; text: string }) {
	return (
		<>
			<dt>{name}</dt>
			<dd>{text}</dd>
		</>
	);
}

/* Who was invited, and what became of it. */

import { type Invite, inviteList, roleList, teamList } from "muster";
import { type Me, useLiveList, useMuster } from "muster/react";
import { useState } from "react";
import { namesOf } from "../../lib/text";
import { ListState } from "../../ui/ListState";
import { Heading } from "../Heading";
import { AddInvite } from "./AddInvite";
import { InviteLink, type Sent } from "./InviteLink";
import { InviteRow } from "./InviteRow";
import "./invites.css";

export function InvitesPage(_: { me: Me }) {
	const client = useMuster();
	const { items, error } = useLiveList(inviteList);
	const roles = useLiveList(roleList).items ?? [];
	const teams = useLiveList(teamList).items ?? [];
	const [adds, setAdds] = useState(false);
	const [sent, setSent] = useState<Sent | null>(null);

	return (
		<>
			<Heading title="Invitations" count={items?.length}>
				<button
					type="button"
					className="button button-main"
					data-testid="invite-add"
					onClick={() => setAdds(true)}
				>
					Invite somebody
				</button>
			</Heading>
			{items && items.length > 0 && (
				<ul className="items">
					{[...items].sort(byState).map((invite) => (
						<InviteRow
							key={invite.id}
							invite={invite}
							roles={namesOf(invite.roles, roles)}
							onResend={async () => setSent(await client.call("invite.resend", { id: invite.id }))}
							onRevoke={() => client.call("invite.revoke", { id: invite.id })}
						/>
					))}
				</ul>
			)}
			<ListState shown={items?.length ?? null} error={error} empty="Nobody has been invited lately." />
			{adds && (
				<AddInvite
					roles={roles}
					teams={teams}
					onClose={() => setAdds(false)}
					onSent={(made) => {
						setAdds(false);
						setSent(made);
					}}
				/>
			)}
			{sent && <InviteLink sent={sent} onClose={() => setSent(null)} />}
		</>
	);
}

/* Those that still wait first, then the latest. */
const byState = (a: Invite, b: Invite) =>
	Number(b.state === "pending") - Number(a.state === "pending") || b.created_at.localeCompare(a.created_at);

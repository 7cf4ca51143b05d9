import { type Invitation, type InviteLink, showInvite } from "muster";
import { useEffect, useState } from "react";
import { inviteErrorText } from "../lib/messages";
import { AcceptForm } from "./AcceptForm";
import { Entrance } from "./Entrance";

type Seen = { invitation: Invitation } | { error: string } | null;

/** Where the link of an invitation leads. */
export function AcceptInvite({ link }: { link: InviteLink }) {
	const [seen, setSeen] = useState<Seen>(null);

	useEffect(() => {
		let current = true;
		showInvite(location.origin, link).then(
			(invitation) => current && setSeen({ invitation }),
			(error: unknown) => current && setSeen({ error: inviteErrorText(error) }),
		);
		return () => {
			current = false;
		};
	}, [link]);

	if (!seen) return <Entrance title="One moment…">{null}</Entrance>;
	if ("error" in seen)
		return (
			<Entrance title="This invitation can't be used">
				<p className="signin-notice" role="alert" data-testid="invite-dead">
					{seen.error}
				</p>
				<a className="button button-wide" href="#/" data-testid="invite-leave">
					Go to sign-in
				</a>
			</Entrance>
		);
	const { invitation } = seen;
	return (
		<Entrance title={`Join ${invitation.workspace.name}`}>
			<p className="signin-intro" data-testid="invite-intro">
				{invitation.inviter ?? "Your team"} invites you. Choose a password, and you are in.
			</p>
			<AcceptForm link={link} invitation={invitation} />
		</Entrance>
	);
}

import type { Invite } from "muster";
import { clockTime } from "../../lib/duration";
import { useAction } from "../../ui/useAction";

interface Props {
	invite: Invite;
	/** Names of what they will hold. */
	roles: string;
	onResend(): Promise<unknown>;
	onRevoke(): Promise<unknown>;
}

const badges: Readonly<Record<Invite["state"], string>> = {
	pending: "badge badge-wait",
	accepted: "badge",
	expired: "badge badge-off",
	revoked: "badge badge-off",
};

export function InviteRow({ invite, roles, onResend, onRevoke }: Props) {
	const { id, email, name, state, expires_at } = invite;
	const { busy, error, run } = useAction();
	const open = state === "pending";
	return (
		<li className="item item-invite" data-testid={`invite-${email}`} data-state={state}>
			<span className="item-name">
				{email}
				<span className={badges[state]}>{state}</span>
			</span>
			<span className="item-more">
				{name && `${name} · `}
				{roles}
				{open && ` · until ${clockTime(new Date(expires_at), new Date())}`}
			</span>
			<div className="invite-acts">
				{state !== "accepted" && (
					<button
						type="button"
						className="button button-small"
						data-testid={`invite-resend-${email}`}
						aria-label={`Send ${email} a new link`}
						disabled={busy}
						onClick={() => run(onResend)}
					>
						Send again
					</button>
				)}
				{open && (
					<button
						type="button"
						className="button button-small"
						data-testid={`invite-revoke-${email}`}
						aria-label={`Revoke the invitation of ${email}`}
						disabled={busy}
						onClick={() => run(onRevoke)}
					>
						Revoke
					</button>
				)}
			</div>
			{error && (
				<p className="form-error" role="alert" data-invite={id}>
					{error}
				</p>
			)}
		</li>
	);
}

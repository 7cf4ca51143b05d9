import type { Account } from "muster";
import { type Me, useMuster } from "muster/react";
import { Confirm } from "../../ui/Confirm";
import { useAction } from "../../ui/useAction";
import { ViewAsButton } from "../ViewAsButton";

interface Props {
	me: Me;
	user: Account;
	onClose(): void;
}

/** What can be done about a person at a click; nothing of it to the owner or to oneself. */
export function UserActions({ me, user, onClose }: Props) {
	const client = useMuster();
	const back = useAction();
	const mayManage = me.may("users.manage");
	const { id, name, state, owner } = user;
	if (owner || id === me.session.user.id) return null;

	return (
		<section className="acts" aria-label={`What to do about ${name}`}>
			{mayManage && state === "active" && (
				<Confirm
					label="Deactivate…"
					question={`${name} is signed out everywhere, their conversations go to others, and their seat is free. They can be let in again.`}
					yes="Deactivate"
					testId="user-deactivate"
					onYes={() => client.call("user.deactivate", { user: id })}
				/>
			)}
			{mayManage && state === "deactivated" && (
				<button
					type="button"
					className="button"
					data-testid="user-reactivate"
					disabled={back.busy}
					onClick={() => void back.run(() => client.call("user.reactivate", { user: id }))}
				>
					Reactivate
				</button>
			)}
			<ViewAsButton me={me} as={{ user: id }} />
			{me.may("owner.transfer") && state === "active" && (
				<Confirm
					label="Hand over ownership…"
					question={`${name} becomes the owner of this workspace, and you become an admin. Only ${name} can give it back.`}
					yes="Hand over"
					testId="owner-transfer"
					onYes={() => client.call("owner.transfer", { user: id, confirm: true }).then(onClose)}
				/>
			)}
			{mayManage && (
				<Confirm
					label="Remove…"
					question={`${name} is removed for good, and loses access at once.`}
					yes="Remove"
					testId="user-remove"
					onYes={() => client.call("user.remove", { user: id }).then(onClose)}
				/>
			)}
			{back.error && (
				<p className="form-error" role="alert">
					{back.error}
				</p>
			)}
		</section>
	);
}

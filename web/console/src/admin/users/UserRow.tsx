import type { Account } from "muster";
import { memo } from "react";
import { ActButton } from "../ActButton";

interface Props {
	user: Account;
	/** Names of what they hold and belong to. */
	roles: string;
	teams: string;
	picked: boolean;
	/** Left out for those who may not remove anybody. */
	onPick: ((id: string, on: boolean) => void) | undefined;
	onOpen(id: string): void;
}

export const UserRow = memo(function UserRow({ user, roles, teams, picked, onPick, onOpen }: Props) {
	const { id, name, email, state, owner } = user;
	return (
		<li className="item item-user" data-testid={`user-${id}`} data-state={state}>
			{onPick && (
				<input
					type="checkbox"
					className="item-pick"
					data-testid={`user-pick-${id}`}
					aria-label={`Select ${name}`}
					checked={picked}
					onChange={(event) => onPick(id, event.target.checked)}
				/>
			)}
			<span className="item-name">
				{name}
				{owner && <span className="badge">Owner</span>}
				{state === "deactivated" && <span className="badge badge-off">Deactivated</span>}
			</span>
			<span className="item-more">{email}</span>
			<span className="item-cell">{roles}</span>
			<span className="item-cell item-soft">{teams}</span>
			<ActButton name={name} testId={`user-open-${id}`} onAct={() => onOpen(id)} />
		</li>
	);
}, sameRow);

/* The handlers are made anew at each rendering of the page, and always do the same. */
function sameRow(before: Props, now: Props): boolean {
	return (
		before.user === now.user &&
		before.roles === now.roles &&
		before.teams === now.teams &&
		before.picked === now.picked &&
		(before.onPick === undefined) === (now.onPick === undefined)
	);
}

import type { Account, Team } from "muster";
import { useMuster } from "muster/react";
import { useId, useState } from "react";
import { byName } from "../../lib/text";
import { useAction } from "../../ui/useAction";

interface Props {
	team: Team;
	users: readonly Account[];
}

/** Who belongs to a team: each change is made at once. */
export function TeamMembers({ team, users }: Props) {
	const client = useMuster();
	const id = useId();
	const [chosen, setChosen] = useState("");
	const { busy, error, run } = useAction();
	const named = team.members.map((user) => ({
		id: user,
		name: users.find((one) => one.id === user)?.name ?? user,
	}));
	const others = users.filter((user) => !team.members.includes(user.id)).sort(byName);

	const add = () =>
		run(async () => {
			await client.call("team.add", { team: team.id, user: chosen });
			setChosen("");
		});

	return (
		<section aria-label="Members">
			<h3 className="panel-title">
				Members <span className="count">{named.length}</span>
			</h3>
			<ul className="members">
				{named.sort(byName).map((user) => (
					<li key={user.id} className="member" data-testid={`member-${user.id}`}>
						{user.name}
						<button
							type="button"
							className="button button-small"
							data-testid={`member-remove-${user.id}`}
							aria-label={`Take ${user.name} out of the team`}
							disabled={busy}
							onClick={() => run(() => client.call("team.remove", { team: team.id, user: user.id }))}
						>
							Take out
						</button>
					</li>
				))}
			</ul>
			{named.length === 0 && <p className="empty">Nobody yet.</p>}
			<div className="note-row">
				<label className="visually-hidden" htmlFor={id}>
					Person to add
				</label>
				<select
					id={id}
					className="input"
					data-testid="member-choose"
					value={chosen}
					onChange={(event) => setChosen(event.target.value)}
				>
					<option value="">Choose a person…</option>
					{others.map((user) => (
						<option key={user.id} value={user.id}>
							{user.name}
						</option>
					))}
				</select>
				<button
					type="button"
					className="button"
					data-testid="member-add"
					disabled={busy || chosen === ""}
					onClick={add}
				>
					Add
				</button>
			</div>
			{error && (
				<p className="form-error" role="alert">
					{error}
				</p>
			)}
		</section>
	);
}

/* Choosing whose eyes to look through. */

import { roleList } from "muster";
import { useLiveList, useMuster, usePresence } from "muster/react";
import { type FormEvent, useId } from "react";
import { startViewing } from "../../lib/startViewing";
import { useAction } from "../../ui/useAction";

export function ViewAsForm({ me }: { me: string }) {
	const client = useMuster();
	const id = useId();
	const roles = useLiveList(roleList).items ?? [];
	const people = [...usePresence().users.values()]
		.filter(({ user }) => user !== me)
		.sort((a, b) => a.name.localeCompare(b.name));
	const { busy, error, run } = useAction();

	const submit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const [kind, whom = ""] = String(new FormData(event.currentTarget).get("whom")).split("/");
		run(() => startViewing(client, kind === "role" ? { role: whom } : { user: whom }));
	};

	return (
		<section className="panel security-panel">
			<h2 className="panel-title">View as somebody else</h2>
			<p>
				See Muster as a person or a role sees it. You can look but change nothing, nobody sees you there, and
				the audit log says that you did.
			</p>
			<form className="security-row" onSubmit={submit}>
				<label className="visually-hidden" htmlFor={id}>
					As whom
				</label>
				<select id={id} className="input" name="whom" data-testid="view-whom">
					<optgroup label="Roles">
						{roles
							.filter((role) => role.id !== "owner")
							.map((role) => (
								<option key={role.id} value={`role/${role.id}`}>
									{role.name}
								</option>
							))}
					</optgroup>
					<optgroup label="People">
						{people.map(({ user, name }) => (
							<option key={user} value={`user/${user}`}>
								{name}
							</option>
						))}
					</optgroup>
				</select>
				<button type="submit" className="button" data-testid="view-start" disabled={busy}>
					View
				</button>
			</form>
			{error && (
				<p className="form-error" role="alert">
					{error}
				</p>
			)}
		</section>
	);
}

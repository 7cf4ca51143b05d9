import { MusterError, type Role, type Team } from "muster";
import { useMuster } from "muster/react";
import { byName } from "../../lib/text";
import { CheckList } from "../../ui/CheckList";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { useForm } from "../../ui/useForm";
import { FormEnd } from "../FormEnd";
import type { Sent } from "./InviteLink";

interface Props {
	roles: readonly Role[];
	teams: readonly Team[];
	onClose(): void;
	onSent(sent: Sent): void;
}

export function AddInvite({ roles, teams, onClose, onSent }: Props) {
	const client = useMuster();
	const form = useForm(async (data) => {
		const name = String(data.get("name")).trim();
		const chosen = data.getAll("roles").map(String);
		if (chosen.length === 0)
			throw new MusterError("invalid_params", "", { fields: { roles: "Choose one or more." } });
		const given = {
			email: String(data.get("email")).trim(),
			roles: chosen,
			teams: data.getAll("teams").map(String),
			...(name && { name }),
		};
		onSent(await client.call("invite.create", given, { idempotent: true }));
	});

	return (
		<Dialog title="Invite somebody" onClose={onClose}>
			<form className="form" onSubmit={form.onSubmit} noValidate>
				<div className="form-pair">
					<Field
						name="email"
						label="Email"
						type="email"
						testId="invite-email"
						autoComplete="off"
						required
						error={form.fields.email}
					/>
					<Field
						name="name"
						label="Full name"
						testId="invite-name"
						autoComplete="off"
						maxLength={80}
						hint="They may give another one."
						error={form.fields.name}
					/>
				</div>
				<CheckList
					name="roles"
					label="Roles"
					options={roles.filter(({ id }) => id !== "owner").sort(byName)}
					empty="There are no roles."
					error={form.fields.roles}
				/>
				<CheckList
					name="teams"
					label="Teams"
					options={[...teams].sort(byName)}
					empty="There are no teams yet."
					error={form.fields.teams}
				/>
				<FormEnd form={form} label="Invite" testId="invite-save" />
			</form>
		</Dialog>
	);
}

import type { Account, Role, Team } from "muster";
import { useMuster } from "muster/react";
import { changedFields } from "../../lib/changes";
import { Field } from "../../ui/Field";
import { useForm } from "../../ui/useForm";
import { FormEnd } from "../FormEnd";
import { UserFields, userFields } from "./UserFields";

interface Props {
	user: Account;
	roles: readonly Role[];
	teams: readonly Team[];
	onDone(): void;
}

export function EditUser({ user, roles, teams, onDone }: Props) {
	const client = useMuster();
	const form = useForm(async (data) => {
		/* A box that can't be changed is not among what a form sends. */
		const given = userFields(data, user.roles.includes("owner") ? ["owner"] : []);
		const changes = changedFields(user, given);
		if (Object.keys(changes).length > 0) await client.call("user.update", { user: user.id, ...changes });
		onDone();
	});

	return (
		<form className="form" onSubmit={form.onSubmit} noValidate>
			<div className="form-pair">
				<Field
					name="name"
					label="Full name"
					testId="user-name"
					autoComplete="off"
					required
					maxLength={80}
					defaultValue={user.name}
					error={form.fields.name}
				/>
				<Field
					name="email"
					label="Email"
					type="email"
					testId="user-email"
					readOnly
					hint="Can't be changed."
					defaultValue={user.email}
					error={form.fields.email}
				/>
			</div>
			<UserFields user={user} roles={roles} teams={teams} errors={form.fields} />
			<FormEnd form={form} label="Save" testId="user-save" />
		</form>
	);
}

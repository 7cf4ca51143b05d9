import { MusterError, type Role, type Team } from "muster";
import { useMuster } from "muster/react";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { useForm } from "../../ui/useForm";
import { FormEnd } from "../FormEnd";
import { UserFields, userFields } from "./UserFields";

interface Props {
	roles: readonly Role[];
	teams: readonly Team[];
	onClose(): void;
}

export function AddUser({ roles, teams, onClose }: Props) {
	const client = useMuster();
	const form = useForm(async (data) => {
		const email = String(data.get("email")).trim();
		const password = String(data.get("password"));
		const given = { ...userFields(data), email, password };
		if (password !== data.get("password_confirmation"))
			throw new MusterError("invalid_params", "", {
				fields: { password_confirmation: "This is not the same as above." },
			});
		await client.call("user.create", given, { idempotent: true });
		onClose();
	});

	return (
		<Dialog title="Add a person" onClose={onClose}>
			<form className="form" onSubmit={form.onSubmit} noValidate>
				<div className="form-pair">
					<Field
						name="name"
						label="Full name"
						testId="user-name"
						autoComplete="off"
						required
						maxLength={80}
						error={form.fields.name}
					/>
					<Field
						name="email"
						label="Email"
						type="email"
						testId="user-email"
						autoComplete="off"
						required
						hint="Can't be changed later."
						error={form.fields.email}
					/>
					<Field
						name="password"
						label="First password"
						type="password"
						testId="user-password"
						autoComplete="new-password"
						required
						error={form.fields.password}
					/>
					<Field
						name="password_confirmation"
						label="The same again"
						type="password"
						testId="user-password-again"
						autoComplete="new-password"
						required
						error={form.fields.password_confirmation}
					/>
				</div>
				<UserFields roles={roles} teams={teams} errors={form.fields} />
				<FormEnd form={form} label="Add" testId="user-save" />
			</form>
		</Dialog>
	);
}

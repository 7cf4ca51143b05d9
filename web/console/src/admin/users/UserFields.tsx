/* The fields that adding and editing a person have in common. */

import { type Account, MusterError, type Role, type Team } from "muster";
import { byName } from "../../lib/text";
import { CheckList } from "../../ui/CheckList";
import { Field } from "../../ui/Field";

interface Props {
	user?: Account;
	roles: readonly Role[];
	teams: readonly Team[];
	errors: Readonly<Record<string, string>>;
}

/* Nobody is given it: it is handed over. */
const isOwnerRole = (id: string) => id === "owner";

export function UserFields({ user, roles, teams, errors }: Props) {
	const offered = roles.filter(({ id }) => !isOwnerRole(id) || user?.roles.includes(id));
	return (
		<>
			<div className="form-pair">
				<Field
					name="phone"
					label="Phone"
					type="tel"
					testId="user-phone"
					autoComplete="off"
					maxLength={32}
					defaultValue={user?.phone ?? ""}
					error={errors.phone}
				/>
				<Field
					name="capacity"
					label="Conversations at a time"
					type="number"
					testId="user-capacity"
					defaultValue={String(user?.capacity ?? 5)}
					error={errors.capacity}
				/>
			</div>
			<CheckList
				name="roles"
				label="Roles"
				options={[...offered].sort(byName)}
				chosen={user?.roles ?? []}
				fixed={isOwnerRole}
				empty="There are no roles."
				error={errors.roles}
			/>
			<CheckList
				name="teams"
				label="Teams"
				options={[...teams].sort(byName)}
				chosen={user?.teams ?? []}
				empty="There are no teams yet."
				error={errors.teams}
			/>
		</>
	);
}

/** What a form with these fields holds, beside the roles that can't be chosen. */
export function userFields(data: FormData, fixed: readonly string[] = []) {
	const text = (name: string) => String(data.get(name) ?? "").trim();
	const roles = [...data.getAll("roles").map(String), ...fixed];
	if (roles.length === 0)
		throw new MusterError("invalid_params", "", { fields: { roles: "Choose one or more." } });
	return {
		name: text("name"),
		phone: text("phone") || null,
		capacity: Number(text("capacity") || "0"),
		roles,
		teams: data.getAll("teams").map(String),
	};
}

import type { Permission, Role } from "muster";
import { type Me, useMuster } from "muster/react";
import { useState } from "react";
import { changedFields } from "../../lib/changes";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { useForm } from "../../ui/useForm";
import { FormEnd } from "../FormEnd";
import { ViewAsButton } from "../ViewAsButton";
import { DeleteRole } from "./DeleteRole";
import { ModuleLevels } from "./ModuleLevels";
import { PermissionSwitches } from "./PermissionSwitches";

interface Props {
	me: Me;
	/** Left out for a new one. */
	role?: Role;
	roles: readonly Role[];
	catalogue: readonly Permission[];
	/** How many people hold it, if that is known. */
	holders?: number | undefined;
	onClose(): void;
}

export function RoleDialog({ me, role, roles, catalogue, holders, onClose }: Props) {
	const client = useMuster();
	const [permissions, setPermissions] = useState<readonly string[]>(role?.permissions ?? []);
	const form = useForm(async (data) => {
		const given = {
			name: String(data.get("name")).trim(),
			description: String(data.get("description")).trim(),
			permissions: [...permissions],
		};
		if (role) {
			const before = { ...role, description: role.description ?? "" };
			await client.call("role.update", { role: role.id, ...changedFields(before, given) });
		} else await client.call("role.create", given, { idempotent: true });
		onClose();
	});
	/* Nobody gives what they don't hold; taking it away is another matter. */
	const isOpen = (key: string) => permissions.includes(key) || me.may(key);
	const owners = role?.id === "owner";

	return (
		<Dialog title={role ? role.name : "Add a role"} onClose={onClose}>
			<form className="form" onSubmit={form.onSubmit} noValidate>
				<Field
					name="name"
					label="Name"
					testId="role-name"
					autoComplete="off"
					required
					maxLength={80}
					readOnly={owners}
					defaultValue={role?.name}
					error={form.fields.name}
				/>
				<Field
					name="description"
					label="What it is for"
					testId="role-description"
					autoComplete="off"
					maxLength={400}
					readOnly={owners}
					defaultValue={role?.description ?? ""}
					error={form.fields.description}
				/>
				{owners && <p className="empty">The owner may everything. This role can't be changed.</p>}
				<fieldset className="form" disabled={owners}>
					<legend className="visually-hidden">Permissions</legend>
					<ModuleLevels
						catalogue={catalogue}
						permissions={permissions}
						isOpen={isOpen}
						onChange={setPermissions}
					/>
					<PermissionSwitches
						catalogue={catalogue}
						permissions={permissions}
						isOpen={isOpen}
						onChange={setPermissions}
					/>
				</fieldset>
				{!owners && <FormEnd form={form} label={role ? "Save" : "Add"} testId="role-save" />}
			</form>
			{role && !owners && (
				<section className="acts" aria-label={`What to do about ${role.name}`}>
					<ViewAsButton me={me} as={{ role: role.id }} />
					<DeleteRole role={role} roles={roles} holders={holders} onDone={onClose} />
				</section>
			)}
		</Dialog>
	);
}

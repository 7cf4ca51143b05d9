import { MusterError, type Role } from "muster";
import { useMuster } from "muster/react";
import { useId, useState } from "react";
import { byName, counted } from "../../lib/text";
import { Confirm } from "../../ui/Confirm";

interface Props {
	role: Role;
	roles: readonly Role[];
	/** Undefined if it is not known. */
	holders: number | undefined;
	onDone(): void;
}

/** Deletes a role; whoever holds it is given another one in its place. */
export function DeleteRole({ role, roles, holders, onDone }: Props) {
	const client = useMuster();
	const id = useId();
	const [instead, setInstead] = useState("");
	const others = roles.filter((one) => one.id !== role.id && one.id !== "owner").sort(byName);
	const remove = async () => {
		if (instead === "" && holders)
			throw new MusterError("conflict", "Choose the role that they are given instead");
		await client.call("role.delete", { role: role.id, ...(instead && { replace_with: instead }) });
		onDone();
	};

	const replacement = (
		<>
			Whoever holds it{holders !== undefined && ` (${counted(holders, "person", "people")})`} needs another
			role:
			<label className="visually-hidden" htmlFor={id}>
				Role instead
			</label>
			<select
				id={id}
				className="input"
				data-testid="role-replacement"
				value={instead}
				onChange={(event) => setInstead(event.target.value)}
			>
				<option value="">Choose…</option>
				{others.map((one) => (
					<option key={one.id} value={one.id}>
						{one.name}
					</option>
				))}
			</select>
		</>
	);
	return (
		<Confirm
			label="Delete role…"
			question={holders === 0 ? `${role.name} is deleted. Nobody holds it.` : replacement}
			yes="Delete"
			testId="role-delete"
			onYes={remove}
		/>
	);
}

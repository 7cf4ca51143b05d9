import type { Account } from "muster";
import { useMuster } from "muster/react";
import { byName } from "../../lib/text";
import { CheckList } from "../../ui/CheckList";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { Select } from "../../ui/Select";
import { useForm } from "../../ui/useForm";
import { FormEnd } from "../FormEnd";

interface Props {
	users: readonly Account[];
	onClose(): void;
}

export function AddTeam({ users, onClose }: Props) {
	const client = useMuster();
	const people = [...users].sort(byName);
	const form = useForm(async (data) => {
		const name = String(data.get("name")).trim();
		const lead = String(data.get("lead")) || null;
		const members = data.getAll("members").map(String);
		await client.call("team.create", { name, lead, members }, { idempotent: true });
		onClose();
	});

	return (
		<Dialog title="Add a team" onClose={onClose}>
			<form className="form" onSubmit={form.onSubmit} noValidate>
				<Field
					name="name"
					label="Name"
					testId="team-name"
					autoComplete="off"
					required
					maxLength={80}
					error={form.fields.name}
				/>
				<Select
					name="lead"
					label="Lead"
					testId="team-lead"
					options={people}
					none="Nobody"
					error={form.fields.lead}
				/>
				<CheckList
					name="members"
					label="Members"
					options={people}
					empty="There is nobody to choose from."
					error={form.fields.members}
				/>
				<FormEnd form={form} label="Add" testId="team-save" />
			</form>
		</Dialog>
	);
}

import type { Account, Team } from "muster";
import { useMuster } from "muster/react";
import { byName } from "../../lib/text";
import { CheckList } from "../../ui/CheckList";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { Select } from "../../ui/Select";
import { useForm } from "../../ui/useForm";
import { FormEnd } from "../FormEnd";
import { RoutingFields, routingFields } from "./RoutingFields";

interface Props {
	teams: readonly Team[];
	users: readonly Account[];
	onClose(): void;
}

export function AddTeam({ teams, users, onClose }: Props) {
	const client = useMuster();
	const people = [...users].sort(byName);
	const form = useForm(async (data) => {
		const name = String(data.get("name")).trim();
		const lead = String(data.get("lead")) || null;
		const members = data.getAll("members").map(String);
		const params = { name, lead, members, ...routingFields(data) };
		await client.call("team.create", params, { idempotent: true });
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
				<RoutingFields teams={teams} errors={form.fields} />
				<FormEnd form={form} label="Add" testId="team-save" />
			</form>
		</Dialog>
	);
}

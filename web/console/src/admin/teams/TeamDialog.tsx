import type { Account, Team } from "muster";
import { useMuster } from "muster/react";
import { changedFields } from "../../lib/changes";
import { byName } from "../../lib/text";
import { Confirm } from "../../ui/Confirm";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { Select } from "../../ui/Select";
import { useForm } from "../../ui/useForm";
import { FormEnd } from "../FormEnd";
import { changedRouting, RoutingFields, routingFields } from "./RoutingFields";
import { TeamMembers } from "./TeamMembers";

interface Props {
	team: Team;
	teams: readonly Team[];
	users: readonly Account[];
	onClose(): void;
}

export function TeamDialog({ team, teams, users, onClose }: Props) {
	const client = useMuster();
	const { id, name, lead = null } = team;
	const form = useForm(async (data) => {
		const given = { name: String(data.get("name")).trim(), lead: String(data.get("lead")) || null };
		const changes = {
			...changedFields({ name, lead }, given),
			...changedRouting(team, routingFields(data)),
		};
		if (Object.keys(changes).length > 0) await client.call("team.update", { team: id, ...changes });
		onClose();
	});

	return (
		<Dialog title={name} onClose={onClose}>
			<form className="form" onSubmit={form.onSubmit} noValidate>
				<div className="form-pair">
					<Field
						name="name"
						label="Name"
						testId="team-name"
						autoComplete="off"
						required
						maxLength={80}
						defaultValue={name}
						error={form.fields.name}
					/>
					<Select
						name="lead"
						label="Lead"
						testId="team-lead"
						options={[...users].sort(byName)}
						none="Nobody"
						defaultValue={lead ?? ""}
						error={form.fields.lead}
					/>
				</div>
				<RoutingFields team={team} teams={teams} errors={form.fields} />
				<FormEnd form={form} label="Save" testId="team-save" />
			</form>
			<TeamMembers team={team} users={users} />
			<section className="acts" aria-label={`What to do about ${name}`}>
				<Confirm
					label="Delete team…"
					question={`${name} is deleted. Its members stay in the workspace, what waits goes to the queue of no team.`}
					yes="Delete"
					testId="team-delete"
					onYes={() => client.call("team.delete", { team: id }).then(onClose)}
				/>
			</section>
		</Dialog>
	);
}

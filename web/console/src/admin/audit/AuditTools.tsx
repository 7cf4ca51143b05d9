import type { Account } from "muster";
import type { AuditFilter } from "../../lib/audit";
import { byName } from "../../lib/text";
import type { Option } from "../../ui/Select";
import { InputTool, SelectTool } from "../../ui/Tools";

interface Props {
	filter: AuditFilter;
	/** To choose from; ids have to be typed by those who may not see them. */
	users: readonly Account[];
	onChange(filter: AuditFilter): void;
}

/* By what their names begin with. */
const actions: readonly Option[] = [
	{ id: "auth.", name: "Signing in and out" },
	{ id: "session.", name: "Ended sessions" },
	{ id: "presence.", name: "Statuses" },
	{ id: "user.", name: "People" },
	{ id: "role.", name: "Roles" },
	{ id: "permissions.", name: "Permissions" },
	{ id: "team.", name: "Teams" },
	{ id: "conversation.", name: "Conversations" },
	{ id: "capacity.", name: "Limits reached and freed" },
	{ id: "invite.", name: "Invitations" },
	{ id: "seats.", name: "Seats" },
	{ id: "owner.", name: "Ownership" },
	{ id: "security.", name: "Security" },
	{ id: "second_factor.", name: "Second factors" },
	{ id: "view_as.", name: "Viewing as others" },
	{ id: "key.", name: "API keys" },
	{ id: "workspace.", name: "Workspace" },
];

export function AuditTools({ filter, users, onChange }: Props) {
	const set = (part: Partial<AuditFilter>) => onChange({ ...filter, ...part });
	return (
		<search className="tools audit-tools">
			{users.length > 0 ? (
				<SelectTool
					label="Person"
					testId="audit-user"
					options={[...users].sort(byName)}
					none="Everybody"
					value={filter.user}
					onChange={(user) => set({ user })}
				/>
			) : (
				<InputTool
					label="Person"
					testId="audit-user"
					placeholder="Id"
					value={filter.user}
					onChange={(user) => set({ user: user.trim() })}
				/>
			)}
			<SelectTool
				label="About"
				testId="audit-action"
				options={actions}
				none="Everything"
				value={filter.action}
				onChange={(action) => set({ action })}
			/>
			<InputTool
				label="From"
				type="datetime-local"
				testId="audit-from"
				value={filter.from}
				onChange={(from) => set({ from })}
			/>
			<InputTool
				label="To"
				type="datetime-local"
				testId="audit-to"
				value={filter.to}
				onChange={(to) => set({ to })}
			/>
		</search>
	);
}

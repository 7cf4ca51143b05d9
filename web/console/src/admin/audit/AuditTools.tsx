import type { Account } from "muster";
import { useId } from "react";
import type { AuditFilter } from "../../lib/audit";
import { byName } from "../../lib/text";

interface Props {
	filter: AuditFilter;
	/** To choose from; ids have to be typed by those who may not see them. */
	users: readonly Account[];
	onChange(filter: AuditFilter): void;
}

/* By what their names begin with. */
const actions: ReadonlyArray<readonly [string, string]> = [
	["auth.", "Signing in and out"],
	["session.", "Ended sessions"],
	["presence.", "Statuses"],
	["user.", "People"],
	["role.", "Roles"],
	["permissions.", "Permissions"],
	["team.", "Teams"],
	["conversation.", "Conversations"],
	["capacity.", "Limits reached and freed"],
	["invite.", "Invitations"],
	["seats.", "Seats"],
	["owner.", "Ownership"],
	["security.", "Security"],
	["second_factor.", "Second factors"],
	["view_as.", "Viewing as others"],
	["key.", "API keys"],
	["workspace.", "Workspace"],
];

export function AuditTools({ filter, users, onChange }: Props) {
	const id = useId();
	const set = (part: Partial<AuditFilter>) => onChange({ ...filter, ...part });
	return (
		<search className="tools audit-tools">
			<div className="tool">
				<label htmlFor={`${id}-user`}>Person</label>
				{users.length > 0 ? (
					<select
						id={`${id}-user`}
						className="input"
						data-testid="audit-user"
						value={filter.user}
						onChange={(event) => set({ user: event.target.value })}
					>
						<option value="">Everybody</option>
						{[...users].sort(byName).map((user) => (
							<option key={user.id} value={user.id}>
								{user.name}
							</option>
						))}
					</select>
				) : (
					<input
						id={`${id}-user`}
						className="input"
						data-testid="audit-user"
						value={filter.user}
						placeholder="Id"
						onChange={(event) => set({ user: event.target.value.trim() })}
					/>
				)}
			</div>
			<div className="tool">
				<label htmlFor={`${id}-action`}>About</label>
				<select
					id={`${id}-action`}
					className="input"
					data-testid="audit-action"
					value={filter.action}
					onChange={(event) => set({ action: event.target.value })}
				>
					<option value="">Everything</option>
					{actions.map(([prefix, label]) => (
						<option key={prefix} value={prefix}>
							{label}
						</option>
					))}
				</select>
			</div>
			<div className="tool">
				<label htmlFor={`${id}-from`}>From</label>
				<input
					id={`${id}-from`}
					className="input"
					type="datetime-local"
					data-testid="audit-from"
					value={filter.from}
					onChange={(event) => set({ from: event.target.value })}
				/>
			</div>
			<div className="tool">
				<label htmlFor={`${id}-to`}>To</label>
				<input
					id={`${id}-to`}
					className="input"
					type="datetime-local"
					data-testid="audit-to"
					value={filter.to}
					onChange={(event) => set({ to: event.target.value })}
				/>
			</div>
		</search>
	);
}

/* What a change in the workspace makes of what a session was told when it opened. */

import { userList } from "./directory";
import type { Account, ServerEvent, SessionInfo, StatusOption, WorkspaceChange } from "./types";

/* The change names the workspace's own statuses only; the base ones are always there, and first. */
const isBase = ({ id, base }: StatusOption): boolean => id === base;

export function withChange(session: SessionInfo, change: WorkspaceChange): SessionInfo {
	const { workspace, settings } = session;
	const statuses = change.statuses && [...settings.statuses.filter(isBase), ...change.statuses];
	return {
		...session,
		workspace: { ...workspace, name: change.name ?? workspace.name },
		settings: {
			statuses: statuses ?? settings.statuses,
			idle_after_ms: change.idle_after_ms ?? settings.idle_after_ms,
		},
	};
}

/** With the person as the event leaves them; the same session if it is about somebody else. */
export function withSelf(session: SessionInfo, event: ServerEvent): SessionInfo {
	const { user } = session;
	const people = new Map([[user.id, user as Account]]);
	userList.apply(people, event, user.id);
	const now = people.get(user.id) ?? user;
	return now === user ? session : { ...session, user: now };
}

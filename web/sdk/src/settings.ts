/* What a change in the workspace makes of what a session was told when it opened. */

import type { SessionInfo, StatusOption, WorkspaceChange } from "./types";

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

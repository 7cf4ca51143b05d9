/* The hub's commands with what they take and answer. Those that are not here can be called all the same. */

import type {
	ActivityState,
	Page,
	Presence,
	PresenceScope,
	PresenceSnapshot,
	SessionItem,
	Team,
	User,
} from "./types";

interface ListParams {
	limit?: number;
	after?: string;
}

type Nothing = Record<string, never>;

export interface Commands {
	"auth.logout": { params: Nothing; result: Nothing };
	"session.activity": { params: { state: ActivityState }; result: Nothing };
	"session.refresh": { params: { token: string }; result: { expires_at: string } };
	"session.list": { params: { user?: string }; result: Page<SessionItem> };
	"session.revoke": { params: { user: string; session?: string }; result: { revoked: number } };
	"presence.set": {
		params: { status: string; note?: string | null; until?: string | null };
		result: Presence;
	};
	"presence.get": { params: { scope?: PresenceScope }; result: PresenceSnapshot };
	"presence.watch": { params: { scope: PresenceScope }; result: PresenceSnapshot };
	"presence.force": { params: { user: string; status: string; reason: string }; result: Presence };
	"user.list": { params: ListParams; result: Page<User> };
	"team.list": { params: ListParams; result: Page<Team> };
}

export type CommandName = keyof Commands;

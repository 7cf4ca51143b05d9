/* The hub's commands with what they take and answer. Those that are not here can be called all the same. */

import type {
	ActivityState,
	OwnPresence,
	Page,
	Presence,
	PresenceScope,
	PresenceSnapshot,
	Role,
	SecondFactor,
	Security,
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
		result: OwnPresence;
	};
	"presence.get": { params: { scope?: PresenceScope }; result: PresenceSnapshot };
	"presence.watch": { params: { scope: PresenceScope }; result: PresenceSnapshot };
	"presence.force": { params: { user: string; status: string; reason: string }; result: Presence };
	"user.list": { params: ListParams; result: Page<User> };
	"team.list": { params: ListParams; result: Page<Team> };
	"role.list": { params: ListParams; result: Page<Role> };
	"totp.get": { params: Nothing; result: SecondFactor };
	"totp.enroll": { params: { password?: string; code?: string }; result: { secret: string; uri: string } };
	"totp.confirm": { params: { code: string }; result: { recovery_codes: string[] } };
	"totp.recovery": { params: { code: string }; result: { recovery_codes: string[] } };
	"totp.disable": { params: { code: string }; result: Nothing };
	"totp.reset": { params: { user: string }; result: Nothing };
	"security.get": { params: Nothing; result: Security };
	"security.update": { params: { require_2fa?: boolean }; result: Security };
	"view_as.start": {
		params: { user: string } | { role: string };
		result: { token: string; expires_at: string };
	};
	"view_as.stop": { params: Nothing; result: Nothing };
}

export type CommandName = keyof Commands;

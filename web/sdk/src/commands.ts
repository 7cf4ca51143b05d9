/* The hub's commands with what they take and answer. Those that are not here can be called all the same. */

import type {
	Account,
	ActivityState,
	AuditItem,
	Channel,
	Conversation,
	ConversationStatus,
	Dashboard,
	HistoryInterval,
	HistorySum,
	Invite,
	OwnPresence,
	Page,
	Permission,
	Presence,
	PresenceScope,
	PresenceSnapshot,
	Priority,
	QueueRow,
	Role,
	RolePack,
	RoutingSettings,
	Seats,
	SecondFactor,
	Security,
	SessionItem,
	Strategy,
	Team,
	Viewer,
	Workspace,
} from "./types";

interface ListParams {
	limit?: number;
	after?: string;
}

type Nothing = Record<string, never>;

interface RoleFields {
	name: string;
	description?: string;
	permissions: string[];
}

/** The link is told this once. */
type InviteSent = Invite & { link: string; mailed: boolean };

interface RemovalResult {
	user: string;
	ok: boolean;
	error?: { code: number; message: string; data: { kind: string } };
}

/** With `if_version` a change is a conflict unless that is the present one. */
interface OneConversation {
	id: string;
	if_version?: number;
}

interface TeamRouting {
	strategy?: Strategy;
	settings?: Partial<RoutingSettings>;
}

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
	"user.list": { params: ListParams; result: Page<Account> };
	"user.create": {
		params: {
			id?: string;
			name: string;
			email: string;
			phone?: string | null;
			password?: string;
			password_confirmation?: string;
			roles: string[];
			teams?: string[];
			capacity?: number;
		};
		result: Account;
	};
	"user.update": {
		params: {
			user: string;
			name?: string;
			phone?: string | null;
			roles?: string[];
			teams?: string[];
			capacity?: number;
		};
		result: Account;
	};
	"user.deactivate": { params: { user: string }; result: Account };
	"user.reactivate": { params: { user: string }; result: Account };
	"user.remove": { params: { user: string }; result: Account };
	"user.remove_many": { params: { users: string[] }; result: { results: RemovalResult[] } };
	"owner.transfer": { params: { user: string; confirm: true }; result: Nothing };
	"seats.get": { params: Nothing; result: Seats };
	"invite.list": { params: ListParams; result: Page<Invite> };
	"invite.create": {
		params: { email: string; name?: string; roles: string[]; teams?: string[] };
		result: InviteSent;
	};
	"invite.resend": { params: { id: string }; result: InviteSent };
	"invite.revoke": { params: { id: string }; result: Invite };
	"permission.list": { params: Nothing; result: Page<Permission> };
	"role.list": { params: ListParams; result: Page<Role> };
	"role.create": { params: { id?: string } & RoleFields; result: Role };
	"role.update": { params: { role: string } & Partial<RoleFields>; result: Role };
	"role.delete": { params: { role: string; replace_with?: string }; result: Nothing };
	"role.packs": { params: Nothing; result: Page<RolePack> };
	"role.load_pack": { params: { pack: string; roles?: string[] }; result: Page<Role> };
	"totp.get": { params: Nothing; result: SecondFactor };
	"totp.enroll": { params: { password?: string; code?: string }; result: { secret: string; uri: string } };
	"totp.confirm": { params: { code: string }; result: { recovery_codes: string[] } };
	"totp.recovery": { params: { code: string }; result: { recovery_codes: string[] } };
	"totp.disable": { params: { code: string }; result: Nothing };
	"security.get": { params: Nothing; result: Security };
	"security.update": { params: { require_2fa?: boolean }; result: Security };
	"totp.reset": { params: { user: string }; result: Nothing };
	"view_as.start": {
		params: { user: string } | { role: string };
		result: { token: string; expires_at: string };
	};
	"view_as.stop": { params: Nothing; result: Nothing };
	"audit.list": {
		params: ListParams & { user?: string; action?: string; from?: string; to?: string };
		result: Page<AuditItem>;
	};
	"workspace.get": { params: Nothing; result: Workspace };
	"workspace.update": {
		params: { name?: string; idle_after_ms?: number; channels?: Channel[] } & TeamRouting;
		result: Workspace;
	};
	"team.list": { params: ListParams; result: Page<Team> };
	"team.create": {
		params: { id?: string; name: string; lead?: string | null; members?: string[] } & TeamRouting;
		result: Team;
	};
	"team.update": {
		params: { team: string; name?: string; lead?: string | null } & TeamRouting;
		result: Team;
	};
	"team.delete": { params: { team: string; move_to?: string }; result: Nothing };
	"team.add": { params: { team: string; user: string }; result: Team };
	"team.remove": { params: { team: string; user: string }; result: Team };
	"conversation.put": {
		params: OneConversation & {
			team?: string | null;
			channel?: string | null;
			subject?: string | null;
			priority?: Priority;
			labels?: string[];
			status?: ConversationStatus;
		};
		result: Conversation;
	};
	"conversation.get": { params: { id: string }; result: Conversation };
	"conversation.list": {
		/** The assignee is an id, "me" or "none". */
		params: ListParams & { status?: ConversationStatus; assignee?: string; team?: string };
		result: Page<Conversation>;
	};
	"conversation.assign": {
		params: OneConversation & { user?: string; team?: string | null; force?: boolean };
		result: Conversation;
	};
	"conversation.unassign": { params: OneConversation; result: Conversation };
	"conversation.take": { params: OneConversation & { force?: boolean }; result: Conversation };
	"conversation.release": { params: OneConversation; result: Conversation };
	"conversation.accept": { params: { id: string }; result: Conversation };
	"conversation.decline": { params: { id: string }; result: Conversation };
	"conversation.resolve": { params: OneConversation; result: Conversation };
	"conversation.reopen": { params: OneConversation; result: Conversation };
	"conversation.pend": { params: OneConversation; result: Conversation };
	"conversation.snooze": { params: OneConversation & { until: string }; result: Conversation };
	"conversation.viewing": { params: { id: string; on: boolean }; result: { viewers: Viewer[] } };
	"conversation.typing": { params: { id: string; on: boolean }; result: { viewers: Viewer[] } };
	"dashboard.get": { params: Nothing; result: Dashboard };
	"presence.history": {
		params: ListParams & {
			user?: string;
			team?: string;
			from: string;
			to: string;
			/** Intervals, unless sums are asked for. */
			by?: "interval" | "day" | "total";
			of?: "user" | "team";
		};
		result: Page<HistoryInterval | HistorySum> & { from: string; to: string; zone: string };
	};
	"capacity.set": {
		params: { user: string; capacity: number };
		result: { user: string; load: number; capacity: number };
	};
	"queue.list": { params: ListParams & { team?: string }; result: Page<QueueRow> };
}

export type CommandName = keyof Commands;

/*
 * The shapes that the hub speaks: what a caller of the SDK reads and writes.
 * Times are RFC 3339 strings in UTC, as they come; names are those of the wire.
 */

export type BaseStatus = "available" | "away" | "busy" | "offline";
export type ActivityState = "active" | "idle" | "background";
export type DeviceKind = "web" | "mobile" | "desktop" | "api";

export interface Device {
	/** Stays the same for one installation, so that the hub knows a tab from a new machine. */
	id: string;
	kind: DeviceKind;
	name: string;
}

export interface PresenceDevice {
	kind: DeviceKind;
	state: ActivityState;
}

export interface Presence {
	user: string;
	name: string;
	/** Id of one of the workspace's statuses; `base` is the one of the four that it stands for. */
	status: string;
	base: BaseStatus;
	/** Null for somebody who was never there. */
	since: string | null;
	cause: string;
	note: string | null;
	until: string | null;
	devices: PresenceDevice[];
	last_seen?: string | null;
	load?: number;
	capacity?: number;
	accepting?: boolean;
	/** "mobile": only a phone in the background is left. */
	reachable?: string;
}

/** What a person chose for themself, or a supervisor for them: not what idleness or business hours make of it. */
export interface Choice {
	status: string;
	note: string | null;
	until: string | null;
}

/** The answer of `presence.set`: oneself, with what was chosen. */
export interface OwnPresence extends Presence {
	chosen: Choice;
}

export interface StatusOption {
	id: string;
	label: string;
	base: BaseStatus;
	accepting: boolean;
}

export interface WorkspaceSettings {
	/** The four base statuses first, then those of the workspace. */
	statuses: StatusOption[];
	idle_after_ms: number;
}

export interface User {
	id: string;
	name: string;
	email?: string;
	roles?: string[];
	teams?: string[];
	status?: string;
}

/** A person as the directory has them. */
export interface Account extends User {
	email: string;
	phone: string | null;
	roles: string[];
	teams: string[];
	/** Conversations at a time. */
	capacity: number;
	state: "active" | "deactivated";
	owner: boolean;
	created_at: string;
}

/** How conversations are handed out: to whom is next, to whom is least loaded, or by people alone. */
export type Strategy = "manual" | "round_robin" | "load_balanced";

export interface RoutingSettings {
	/** How long an offer stands; 0: assigned without asking. */
	offer_ms: number;
	/** How long after somebody went away what they have goes back to the queue; null: they keep it. */
	requeue_ms: number | null;
	/** How long one may wait before it overflows; 0: as long as it takes. */
	overflow_ms: number;
	/** Overflow at once when nobody is there. */
	overflow_nobody: boolean;
	/** Where to; null: those who watch over it are told. */
	overflow_team: string | null;
}

export interface Team {
	id: string;
	name: string;
	lead?: string | null;
	members: string[];
	strategy?: Strategy;
	settings?: RoutingSettings;
}

/** What conversations of a channel weigh; one that isn't listed weighs 1. */
export interface Channel {
	id: string;
	weight: number;
}

/** The workspace and its settings. */
export interface Workspace {
	id: string;
	name: string;
	owner: string;
	created_at: string;
	idle_after_ms: number;
	statuses: StatusOption[];
	strategy: Strategy;
	settings: RoutingSettings;
	channels: Channel[];
}

export type ConversationStatus = "open" | "pending" | "snoozed" | "resolved";
export type Priority = "low" | "normal" | "high" | "urgent";

export interface Conversation {
	id: string;
	team: string | null;
	channel: string | null;
	subject: string | null;
	priority: Priority;
	labels: string[];
	status: ConversationStatus;
	assignee: string | null;
	offered_to: string | null;
	offer_expires_at: string | null;
	/** One more with each event about it. */
	version: number;
	created_at: string;
	/** Since when its wait counts; kept when it goes back to a queue. */
	queued_at: string | null;
	assigned_at: string | null;
	snoozed_until: string | null;
	resolved_at: string | null;
	/** Since when it waits although everybody at work has let it pass. */
	passed_at: string | null;
}

export type ConversationReason =
	| "manual"
	| "auto"
	| "capacity"
	| "offline"
	| "deactivated"
	| "taken"
	| "team_changed"
	| "released"
	| "declined"
	| "timeout"
	| "overflow"
	| "nobody"
	| "waiting"
	| "passed";

/** What happened to one of them: the data of each event whose type begins with `conversation.` and that is durable. */
export interface ConversationMove {
	conversation: string;
	/** Whose it was, or to whom it was offered. */
	from?: string | null;
	/** Whose it is now, or to whom it is offered. */
	to?: string | null;
	/** Of the conversation, afterwards. */
	team?: string | null;
	reason?: ConversationReason | null;
	/** Whose doing it was; nobody's is what Muster does by itself. */
	by?: string | null;
	version: number;
	/** Of an offer or a snooze. */
	until?: string | null;
	/** What came of it. Left out for who may not see it any more. */
	record?: Conversation;
}

/** One that waits, as a row of `queue.list`. */
export interface QueueItem {
	conversation: string;
	position: number;
	priority: Priority;
	channel: string | null;
	queued_at: string;
	/** Since when it waits although everybody at work has let it pass. */
	passed_at: string | null;
}

export interface QueueRow extends QueueItem {
	team: string | null;
	waiting_ms: number;
}

/** The data of `queue.changed`: one queue as it is now. */
export interface QueueChange {
	/** Null: of those without a team. */
	team: string | null;
	/** How many there are. */
	waiting: number;
	/** Since when the one waits that waits longest. */
	oldest: string | null;
	/** How many of them everybody at work has let pass. */
	passed: number;
	/** The first of them. */
	items: QueueItem[];
}

export interface Queue extends QueueChange {
	/** Its team, or empty. */
	id: string;
}

/** Counts of all, of a team, or of what has no team. */
export interface Tile {
	team: string | null;
	name: string | null;
	people: number;
	/** Not offline. */
	present: number;
	accepting: number;
	statuses: Array<{ status: string; base: BaseStatus; people: number }>;
	/** Of those who are present, as is the capacity. */
	load: number;
	capacity: number;
	conversations: { open: number; pending: number; snoozed: number };
	waiting: number;
	oldest: string | null;
	/** How much of what waits everybody at work has let pass. */
	passed: number;
}

export interface Dashboard {
	version: string;
	all: Tile;
	no_team: Tile;
	teams: Tile[];
}

/** The tiles that are other than before, as they are now. */
export interface DashboardDelta {
	version: string;
	from: string;
	all?: Tile;
	no_team?: Tile;
	teams?: Tile[];
	/** Teams that there are no more. */
	gone?: string[];
}

/** A time in which a person's status stayed the same. */
export interface HistoryInterval {
	user: string;
	name: string;
	status: string;
	base: BaseStatus;
	cause: string;
	from: string;
	to: string;
	duration_ms: number;
	/** It went on after `to`. */
	open: boolean;
}

/** How long a person, or all of a team together, were what. */
export interface HistorySum {
	user?: string;
	team?: string;
	name: string;
	/** By day only. */
	day?: string;
	from: string;
	to: string;
	total_ms: number;
	/** Not offline. */
	present_ms: number;
	statuses: Array<{ status: string; base: BaseStatus; duration_ms: number }>;
	load_average: number;
	load_largest: number;
}

export interface Viewer {
	user: string;
	name: string;
	typing: boolean;
}

export interface Role {
	id: string;
	name: string;
	description?: string | null;
	/** Permission keys. */
	permissions: string[];
}

/** A set of roles that can be loaded. */
export interface RolePack {
	id: string;
	title: string;
	help: string;
	roles: Array<Role & { loaded: boolean }>;
}

export interface Security {
	require_2fa: boolean;
	/** Active people who sign in with a password, and how many of them have a second factor. */
	people: { with_password: number; enrolled: number };
}

export interface AuditItem {
	seq: number;
	at: string;
	action: string;
	actor: { user?: string; key?: string; [kind: string]: Json | undefined };
	/** Whom it concerns. */
	user: string | null;
	origin: { address?: string; device?: string; [where: string]: Json | undefined } | null;
	before: Json;
	after: Json;
	/** Its content was erased on demand. */
	erased?: boolean;
}

export interface Permission {
	key: string;
	help: string;
	/** Of the platform: Muster only keeps it and tells it. */
	module: boolean;
}

export interface Invite {
	id: string;
	email: string;
	name: string | null;
	roles: string[];
	teams: string[];
	state: "pending" | "accepted" | "expired" | "revoked";
	created_at: string;
	expires_at: string;
	/** Who came of it. */
	user: string | null;
}

export interface Seats {
	used: number;
	/** Null: any number. */
	limit: number | null;
	plan: string | null;
}

export interface SessionItem {
	session: string;
	device: Device;
	state: ActivityState;
	connected_at: string;
	address?: string;
	current: boolean;
}

export interface Page<Item> {
	items: Item[];
	next: string | null;
}

export type PresenceScope = "all" | "none" | "counts" | { team: string } | { users: string[] };

export type PresenceCounts = Readonly<Record<string, number>>;

/** Answer of `presence.get` and `presence.watch`, and part of the answer of `session.open`. */
export interface PresenceSnapshot {
	version: string;
	users: Presence[];
	counts?: PresenceCounts;
}

export interface PresenceDiff {
	version: string;
	from: string;
	up?: Presence[];
	down?: string[];
}

export interface SessionInfo {
	session: string;
	workspace: { id: string; name: string };
	user: User;
	/** Null for a session that is nobody's own. */
	chosen: Choice | null;
	permissions: readonly string[];
	settings: WorkspaceSettings;
	/** Nothing may be done before a second factor is enrolled. */
	must_enroll?: boolean;
	/** The session sees what somebody else sees, and can change nothing. */
	view_as?: ViewAs;
}

/** Who looks, as a person or as a holder of a role, and until when. */
export interface ViewAs {
	view: string;
	by: string;
	user?: string;
	role?: string;
	expires_at: string;
}

/** One's own second factor. */
export interface SecondFactor {
	enrolled: boolean;
	since: string | null;
	recovery_left: number;
	/** By the workspace, of everybody who signs in with a password. */
	required: boolean;
}

/** Answer of `session.open`. */
export interface SessionOpened extends Omit<SessionInfo, "settings" | "chosen"> {
	chosen?: Choice;
	settings?: WorkspaceSettings;
	cursor: string;
	resumed?: boolean;
	replayed?: number;
	ping_interval_ms: number;
	presence?: PresenceSnapshot;
}

export interface ServerEvent<Data = unknown> {
	type: string;
	/** Durable events carry `seq` and `cursor`, ephemeral ones don't. */
	seq?: number;
	cursor?: string;
	at?: string;
	actor?: { user?: string };
	data: Data;
}

/** Told to the person alone. */
export interface PresenceChosen extends Choice {
	user: string;
	cause: string;
	/** The supervisor who set it. */
	by?: string;
	reason?: string;
}

export interface PresenceForced {
	user: string;
	status: string;
	reason: string;
	/** Null: no person, but a program. */
	by: string | null;
	by_name: string | null;
}

/** What was changed, the rest is left out. */
export interface WorkspaceChange {
	name?: string;
	/** All of the workspace's own. */
	statuses?: StatusOption[];
	idle_after_ms?: number;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Params = Record<string, unknown>;

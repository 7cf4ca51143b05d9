/* What a client tells its listeners: the hub's events by type, and what happens to the client itself. */

import type { CloseReason } from "./close";
import type {
	ConversationMove,
	DashboardDelta,
	PresenceChosen,
	PresenceCounts,
	PresenceDiff,
	PresenceForced,
	QueueChange,
	ServerEvent,
	SessionInfo,
	Viewer,
	WorkspaceChange,
} from "./types";

export type ConnectionState =
	| { phase: "idle" }
	| { phase: "connecting" }
	| { phase: "live" }
	/** `retryAt` is a time as Date.now() counts it, or null while an attempt is under way. */
	| { phase: "reconnecting"; attempt: number; retryAt: number | null; reason: CloseReason }
	| { phase: "closed"; reason: CloseReason };

type ConversationVerb =
	| "created"
	| "updated"
	| "assigned"
	| "reassigned"
	| "unassigned"
	| "offered"
	| "accepted"
	| "declined"
	| "expired"
	| "resolved"
	| "reopened"
	| "snoozed"
	| "escalated"
	| "removed";

type ConversationEvents = { [Verb in ConversationVerb as `conversation.${Verb}`]: ConversationMove };

interface HubEvents extends ConversationEvents {
	"presence.diff": PresenceDiff;
	"presence.counts": { version: string; counts: PresenceCounts };
	"presence.chosen": PresenceChosen;
	"presence.forced": PresenceForced;
	"workspace.updated": WorkspaceChange;
	"conversation.viewers": { conversation: string; viewers: Viewer[] };
	"conversation.typing": { conversation: string; user: string; on: boolean };
	"queue.changed": QueueChange;
	"dashboard.delta": DashboardDelta;
	/** This client was slow to read, and events without `seq` were left out: what they tell of is to be taken anew. */
	"session.skipped": Record<string, never>;
	"permissions.changed": { user?: string; permissions?: string[]; must_enroll?: boolean };
}

export type EventData<Type extends keyof HubEvents> = HubEvents[Type];

interface ClientEvents {
	/** The state of the connection has changed. */
	connection: ConnectionState;
	/** What the session may do, or who it is, has changed. */
	session: SessionInfo;
	/** What was missed is not available any more: take all state anew. */
	resync: SessionInfo;
	/** Every event of the hub, whatever its type. */
	event: ServerEvent;
}

export type MusterEvents = ClientEvents & {
	[Type in keyof HubEvents]: ServerEvent<HubEvents[Type]>;
} & {
	[type: `${string}.${string}`]: ServerEvent;
};

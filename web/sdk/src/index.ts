/* The SDK of Muster: everything that a platform needs to take part in a hub. */

export { type ActivityOptions, trackActivity } from "./activity";
export { type Backoff, defaultBackoff } from "./backoff";
export { MusterClient } from "./client";
export type { CloseReason, Comeback } from "./close";
export type { CommandName, Commands } from "./commands";
export { conversationAfter, conversationList, queueList } from "./conversations";
export { dashboardAfter, watchDashboard } from "./dashboard";
export { inviteList, roleList, teamList, userList } from "./directory";
export { ClosedError, ConnectionLostError, type ErrorDetails, MusterError, TimeoutError } from "./errors";
export type { ConnectionState, MusterEvents } from "./events";
export type { HttpAnswer, HttpFetch, SocketConstructor, SocketLike } from "./host";
export {
	type Acceptance,
	acceptInvite,
	type Credentials,
	type Invitation,
	type InviteLink,
	login,
	type SignedIn,
	showInvite,
} from "./http";
export { type ListKind, type ListView, LiveList, liveList } from "./live-list";
export type { ClientOptions } from "./options";
export { may } from "./permissions";
export { PresenceStore, type PresenceView } from "./presence-store";
export type { CallOptions } from "./requests";
export type * from "./types";
export { watchViewers } from "./viewers";

/*
 * The conversations that one may see and that are not resolved, and the queues that they wait in. Each event carries
 * what it leads to and a version; one that is no newer than what is held says nothing new. An event without its record
 * is the last that is heard of a conversation until it comes into sight again.
 */

import type { ListKind } from "./live-list";
import type {
	Conversation,
	ConversationMove,
	ConversationStatus,
	Queue,
	QueueChange,
	QueueRow,
	ServerEvent,
} from "./types";

/* What may bring others into sight or out of it without a word about each. */
function changesSight({ type, data }: ServerEvent, me: string | undefined): boolean {
	const { user } = (data ?? {}) as { user?: string };
	switch (type) {
		case "permissions.changed":
			return user === undefined || user === me;
		case "team.member_added":
		case "team.member_removed":
			return user === me;
		default:
			return false;
	}
}

/* Durable ones carry a version; who looks or types does not. */
function moveOf({ type, data }: ServerEvent): ConversationMove | null {
	const move = data as Partial<ConversationMove> | null;
	return type.startsWith("conversation.") && typeof move?.version === "number"
		? (data as ConversationMove)
		: null;
}

export const conversationList: ListKind<Conversation> = {
	method: "conversation.list",
	queries: (["open", "pending", "snoozed"] satisfies ConversationStatus[]).map((status) => ({
		status,
		limit: 500,
	})),

	/* It may have moved on between two answers. */
	take(items, row: Conversation) {
		if ((items.get(row.id)?.version ?? 0) < row.version) items.set(row.id, row);
	},

	apply(items, event, me) {
		if (changesSight(event, me)) return false;
		const move = moveOf(event);
		if (move === null) return true;
		const { conversation: id, version, record } = move;
		if ((items.get(id)?.version ?? 0) >= version) return true;
		if (record && record.status !== "resolved" && event.type !== "conversation.removed")
			items.set(id, record);
		else items.delete(id);
		return true;
	},
};

/** What an event makes of one conversation; null: it is out of sight, or gone. */
export function conversationAfter(
	held: Conversation | null,
	event: ServerEvent,
	id: string,
): Conversation | null {
	const move = moveOf(event);
	if (move?.conversation !== id || (held?.version ?? 0) >= move.version) return held;
	return event.type === "conversation.removed" ? null : (move.record ?? null);
}

const emptyQueue = (team: string | null): Queue => ({
	id: team ?? "",
	team,
	waiting: 0,
	oldest: null,
	passed: 0,
	items: [],
});

/* RFC 3339 in UTC sorts as text. */
const earlier = (a: string | null, b: string): string => (a !== null && a.localeCompare(b) <= 0 ? a : b);

export const queueList: ListKind<Queue> = {
	method: "queue.list",
	queries: [{ limit: 500 }],
	ephemeral: true,

	take(queues, { team, waiting_ms: _, ...item }: QueueRow) {
		const queue = queues.get(team ?? "") ?? emptyQueue(team);
		queue.waiting++;
		queue.oldest = earlier(queue.oldest, item.queued_at);
		if (item.passed_at !== null) queue.passed++;
		queue.items.push(item);
		queues.set(queue.id, queue);
	},

	apply(queues, event, me) {
		if (changesSight(event, me)) return false;
		if (event.type === "queue.changed") {
			const change = event.data as QueueChange;
			queues.set(change.team ?? "", { ...change, id: change.team ?? "" });
		} else if (event.type === "team.deleted") {
			queues.delete((event.data as { id: string }).id);
		}
		return true;
	},
};

/* Tells a person that somebody else gave them a conversation, or took one away. Shows nothing by itself. */

import { type ConversationMove, conversationList, liveList, type ServerEvent } from "muster";
import { useMe, useMuster, useMusterEvent } from "muster/react";
import { reasonText, subjectOf } from "../lib/conversations";
import { sentence } from "../lib/text";
import { type NoticeText, useNotices } from "../ui/Notices";
import type { NameOf } from "./useActs";

/* Of the one whose it was, `subject` is what they knew it by. */
export function movedText(
	{ type, data }: ServerEvent<ConversationMove>,
	me: string,
	subject: string,
	nameOf: NameOf,
): NoticeText | null {
	const { from = null, to = null, by = null } = data;
	if (by === me) return null;
	const who = by === null ? null : (nameOf(by) ?? "A supervisor");
	const given = type === "conversation.assigned" || type === "conversation.reassigned";
	if (given && to === me && from !== me)
		return { title: who ? `${who} gave you a conversation` : "A conversation is yours now", text: subject };
	const taken = type === "conversation.reassigned" || type === "conversation.unassigned";
	if (!taken || from !== me || to === me) return null;
	const why = reasonText(data.reason);
	return {
		title: `“${subject}” isn't yours any more`,
		text: sentence(
			[who && (to ? `${who} gave it to ${nameOf(to) ?? "somebody else"}` : `${who} took it back`), why]
				.filter(Boolean)
				.join(": ") || "it went back to the queue",
		),
	};
}

export function MovedNotice() {
	const client = useMuster();
	const me = useMe()?.session.user.id ?? "";
	const notices = useNotices();

	useMusterEvent("event", (event) => {
		if (!event.type.startsWith("conversation.")) return;
		const { data } = event as ServerEvent<ConversationMove>;
		/* The list is told of it a moment later. */
		const known = liveList(client, conversationList).getSnapshot().items;
		const before = data.record ?? known?.find(({ id }) => id === data.conversation);
		const subject = subjectOf(before ?? { id: data.conversation, subject: null });
		const text = movedText(
			event as ServerEvent<ConversationMove>,
			me,
			subject,
			(user) => client.presence.get(user)?.name,
		);
		if (text) notices.add(text);
	});
	return null;
}

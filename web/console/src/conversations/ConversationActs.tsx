/* What one may do about a conversation as it stands. */

import type { Conversation } from "muster";
import type { Me } from "muster/react";
import { useState } from "react";
import { assignWord, inReach, teamsOf } from "../lib/conversations";
import { useTeams } from "../lib/useTeams";
import { SnoozeForm } from "./SnoozeForm";
import { useActs } from "./useActs";

interface Props {
	me: Me;
	conversation: Conversation;
	onAssign(): void;
}

export function ConversationActs({ me, conversation, onAssign }: Props) {
	const { status, assignee, version } = conversation;
	const { busy, act } = useActs(conversation);
	const [snoozing, setSnoozing] = useState(false);
	const at = { if_version: version };
	const mine = assignee === me.session.user.id;
	const mayReply = me.may("conversations.reply");
	const maySelf = me.may("conversations.assign_self");
	const active = status === "open" || status === "pending";
	const waits = status === "open" && assignee === null;
	const near = inReach(conversation, teamsOf(me.session.user.id, useTeams()));

	const button = (id: string, label: string, run: () => unknown, main = false) => (
		<button
			type="button"
			className={main ? "button button-main" : "button"}
			data-testid={`conversation-${id}`}
			disabled={busy}
			onClick={run}
		>
			{label}
		</button>
	);
	const snooze = async (until: Date) => {
		if (await act("conversation.snooze", { ...at, until: until.toISOString() })) setSnoozing(false);
	};

	return (
		<section className="acts" aria-label="What to do about it">
			{waits && maySelf && near && button("take", "Take", () => act("conversation.take", at), true)}
			{active && mayReply && button("resolve", "Resolve", () => act("conversation.resolve", at), mine)}
			{status !== "open" && mayReply && button("reopen", "Reopen", () => act("conversation.reopen", at))}
			{status === "open" && mayReply && button("pend", "Wait for them", () => act("conversation.pend", at))}
			{active && mayReply && button("snooze", "Snooze…", () => setSnoozing(!snoozing))}
			{mine && active && maySelf && button("release", "Give back", () => act("conversation.release", at))}
			{status !== "resolved" &&
				me.may("conversations.assign_others") &&
				button("assign", `${assignWord(conversation)}…`, onAssign)}
			{snoozing && active && <SnoozeForm busy={busy} onSnooze={snooze} />}
		</section>
	);
}

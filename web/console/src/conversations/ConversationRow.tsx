/* One conversation in a list: the way to its details, with what one has to know to choose. */

import type { Conversation } from "muster";
import { memo } from "react";
import { standOf, standText, subjectOf } from "../lib/conversations";
import { conversationRoute, routeHref } from "../lib/useRoute";
import { PriorityMark } from "../ui/PriorityMark";
import { Since } from "../ui/Since";
import { UntilText } from "../ui/UntilText";
import { useActs } from "./useActs";

interface Props {
	conversation: Conversation;
	team: string | undefined;
	/** Whose it is, where that isn't said by the list. */
	holder?: string | undefined;
	current: boolean;
	/** For one that may be taken. */
	onTaken?: ((id: string) => void) | undefined;
}

export const ConversationRow = memo(function ConversationRow(props: Props) {
	const { conversation, team, holder, current, onTaken } = props;
	const { id, channel, priority, version } = conversation;
	const stand = standOf(conversation);
	const more = [holder, team, channel].filter(Boolean).join(" · ");
	return (
		<li
			className="talk"
			data-testid={`conversation-${id}`}
			data-stand={stand}
			data-version={version}
			data-current={current}
		>
			<a
				className="talk-link"
				href={routeHref(conversationRoute(id))}
				aria-current={current ? "true" : undefined}
			>
				{subjectOf(conversation)}
			</a>
			<span className="talk-time">
				<Time conversation={conversation} />
			</span>
			<span className="talk-more">
				<PriorityMark priority={priority} />
				{stand !== "open" && stand !== "waiting" && <span className="talk-stand">{standText(stand)}</span>}
				<span className="talk-about">{more}</span>
			</span>
			{onTaken && <TakeButton conversation={conversation} onTaken={onTaken} />}
		</li>
	);
});

/* What waits is old, what somebody has is theirs since. */
function Time({ conversation }: { conversation: Conversation }) {
	const { status, assignee, queued_at, assigned_at, snoozed_until } = conversation;
	if (status === "snoozed" && snoozed_until) return <UntilText at={snoozed_until} before="until" />;
	const at = assignee === null ? queued_at : assigned_at;
	return at === null ? null : <Since at={at} />;
}

function TakeButton({ conversation, onTaken }: { conversation: Conversation; onTaken(id: string): void }) {
	const { busy, act } = useActs(conversation);
	const { id, version } = conversation;
	const take = async () => {
		if (await act("conversation.take", { if_version: version })) onTaken(id);
	};
	return (
		<button
			type="button"
			className="button button-small talk-take"
			data-testid={`take-${id}`}
			aria-label={`Take ${subjectOf(conversation)}`}
			disabled={busy}
			onClick={take}
		>
			Take
		</button>
	);
}

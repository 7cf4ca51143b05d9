/* One conversation: how it stands, who looks at it, and what can be done about it. */

import type { Conversation, Presence } from "muster";
import { type Me, usePresenceOf, useViewers } from "muster/react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { standOf, standText, subjectOf } from "../lib/conversations";
import type { Names } from "../lib/useNames";
import { routeHref } from "../lib/useRoute";
import { useVisible } from "../lib/useVisible";
import { Countdown } from "../ui/Countdown";
import { LoadMeter } from "../ui/LoadMeter";
import { PassedMark } from "../ui/PassedMark";
import { PriorityMark } from "../ui/PriorityMark";
import { Since } from "../ui/Since";
import { StatusGlyph } from "../ui/StatusGlyph";
import { UntilText } from "../ui/UntilText";
import { AssignDialog } from "./AssignDialog";
import { ConversationActs } from "./ConversationActs";
import { useConversation } from "./useConversation";
import { ViewersText } from "./ViewersText";

interface Props {
	me: Me;
	id: string;
	listed: Conversation | undefined;
	names: Names;
	/** It was opened by what made the focus' element go. */
	focus: boolean;
}

export function ConversationDetail({ me, id, listed, names, focus }: Props) {
	const { record, gone, error } = useConversation(id, listed);
	const heading = useRef<HTMLHeadingElement>(null);
	const known = record !== null || gone;

	/* On a phone the list that was clicked is gone now. */
	useEffect(() => {
		if (known && (focus || document.activeElement === document.body)) heading.current?.focus();
	}, [known, focus]);

	return (
		<article className="panel detail" data-testid="conversation-detail" data-id={id}>
			<a className="detail-back" href={routeHref("conversations")} data-testid="conversation-back">
				All conversations
			</a>
			{record ? (
				<Known me={me} conversation={record} names={names} heading={heading} />
			) : (
				<h2
					ref={heading}
					tabIndex={-1}
					className="detail-title detail-none"
					role={gone ? "status" : undefined}
				>
					{gone ? "You can't see this conversation, or not any more." : (error ?? "Loading…")}
				</h2>
			)}
		</article>
	);
}

interface KnownProps {
	me: Me;
	conversation: Conversation;
	names: Names;
	heading: React.RefObject<HTMLHeadingElement | null>;
}

function Known({ me, conversation, names, heading }: KnownProps) {
	const { id, priority, labels, version, passed_at } = conversation;
	const stand = standOf(conversation);
	const [assigning, setAssigning] = useState(false);
	const viewers = useViewers(useVisible() && !me.session.view_as ? id : null);
	return (
		<>
			<header className="detail-head">
				<h2 ref={heading} tabIndex={-1} className="detail-title">
					{subjectOf(conversation)}
				</h2>
				<p
					className="detail-stand"
					data-testid="conversation-stand"
					data-stand={stand}
					data-version={version}
				>
					<span className="badge">{standText(stand)}</span>
					<PriorityMark priority={priority} />
					<PassedMark at={passed_at} />
					{labels.map((label) => (
						<span key={label} className="badge badge-off">
							{label}
						</span>
					))}
				</p>
			</header>
			<ViewersText viewers={viewers} />
			<Facts conversation={conversation} names={names} />
			{!me.session.view_as && (
				<ConversationActs me={me} conversation={conversation} onAssign={() => setAssigning(true)} />
			)}
			{assigning && <AssignDialog me={me} conversation={conversation} onClose={() => setAssigning(false)} />}
		</>
	);
}

function Facts({ conversation, names }: { conversation: Conversation; names: Names }) {
	const { id, team, channel, assignee, offered_to, offer_expires_at } = conversation;
	const { queued_at, assigned_at, snoozed_until, resolved_at, status } = conversation;
	return (
		<dl className="facts">
			<Fact name="Assigned to">
				{assignee === null ? "Nobody" : <Person id={assignee} name={names.user(assignee)} />}
				{assignee !== null && assigned_at && <Aside at={assigned_at} />}
			</Fact>
			{offered_to !== null && (
				<Fact name="Offered to">
					{names.user(offered_to)}
					{offer_expires_at && (
						<span className="detail-aside">
							<Countdown until={offer_expires_at} /> left
						</span>
					)}
				</Fact>
			)}
			<Fact name="Team">{team === null ? "None" : names.team(team)}</Fact>
			{channel !== null && <Fact name="Channel">{channel}</Fact>}
			{status === "open" && assignee === null && queued_at && (
				<Fact name="Waiting">
					<Since at={queued_at} />
				</Fact>
			)}
			{status === "snoozed" && snoozed_until && (
				<Fact name="Snoozed">
					<UntilText at={snoozed_until} before="until" />
				</Fact>
			)}
			{status === "resolved" && resolved_at && (
				<Fact name="Resolved">
					<span>
						<Since at={resolved_at} /> ago
					</span>
				</Fact>
			)}
			<Fact name="Id">{id}</Fact>
		</dl>
	);
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
	return (
		<>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</>
	);
}

function Aside({ at }: { at: string }) {
	return (
		<span className="detail-aside">
			for <Since at={at} />
		</span>
	);
}

function Person({ id, name }: { id: string; name: string }) {
	const presence: Presence | undefined = usePresenceOf(id);
	return (
		<span className="detail-person" data-testid="conversation-assignee" data-user={id}>
			{presence && <StatusGlyph base={presence.base} />}
			{name}
			<LoadMeter load={presence?.load} capacity={presence?.capacity} />
		</span>
	);
}

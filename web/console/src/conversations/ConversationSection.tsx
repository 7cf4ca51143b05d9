import type { Conversation } from "muster";
import { useState } from "react";
import type { Names } from "../lib/useNames";
import { ConversationRow } from "./ConversationRow";

/* More than anybody reads; drawing thousands would only slow the page down. */
const SHOWN_AT_FIRST = 50;

interface Props {
	id: string;
	title: string;
	items: readonly Conversation[];
	empty: string;
	names: Names;
	current: string | null;
	/** Says at each who has it. */
	withHolder?: boolean;
	mayTake?(conversation: Conversation): boolean;
	onTaken?(id: string): void;
}

export function ConversationSection(props: Props) {
	const { id, title, items, empty, names, current, withHolder, mayTake, onTaken } = props;
	const [whole, setWhole] = useState(false);
	const shown = whole ? items : items.slice(0, SHOWN_AT_FIRST);
	const holder = ({ assignee, offered_to }: Conversation) => {
		const user = assignee ?? offered_to;
		return user === null ? undefined : names.user(user);
	};
	return (
		<section className="talk-section" aria-label={title} data-testid={`conversations-${id}`}>
			<h2 className="talk-title">
				{title} <span className="count">{items.length}</span>
			</h2>
			{items.length === 0 && <p className="empty talk-empty">{empty}</p>}
			<ul className="talks">
				{shown.map((one) => (
					<ConversationRow
						key={one.id}
						conversation={one}
						team={one.team === null ? undefined : names.team(one.team)}
						holder={withHolder ? holder(one) : undefined}
						current={one.id === current}
						onTaken={mayTake?.(one) ? onTaken : undefined}
					/>
				))}
			</ul>
			{shown.length < items.length && (
				<button type="button" className="button" onClick={() => setWhole(true)}>
					Show all {items.length}
				</button>
			)}
		</section>
	);
}

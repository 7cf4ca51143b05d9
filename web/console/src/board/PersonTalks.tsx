import { conversationList } from "muster";
import { useLiveList } from "muster/react";
import { byWork, standOf, standText, subjectOf } from "../lib/conversations";
import { conversationRoute, routeHref } from "../lib/useRoute";
import { PriorityMark } from "../ui/PriorityMark";

/** What somebody has in hand, as far as one may see it, with the way to each. */
export function PersonTalks({ user }: { user: string }) {
	const { items } = useLiveList(conversationList);
	const theirs = items?.filter((one) => one.assignee === user || one.offered_to === user).sort(byWork);
	if (!theirs) return null;
	return (
		<section className="person-talks" aria-label="Conversations">
			<h3 className="panel-title">
				Conversations <span className="count">{theirs.length}</span>
			</h3>
			<ul>
				{theirs.map((one) => (
					<li key={one.id} className="person-talk">
						<a href={routeHref(conversationRoute(one.id))} data-testid={`person-conversation-${one.id}`}>
							{subjectOf(one)}
						</a>
						<span>
							<PriorityMark priority={one.priority} /> {standText(standOf(one))}
						</span>
					</li>
				))}
			</ul>
			{theirs.length === 0 && <p className="empty">None at the moment.</p>}
		</section>
	);
}

/* The lists of one's desk: what one has, what waits, and for those who may see it what others have. */

import type { Conversation } from "muster";
import type { Me } from "muster/react";
import { useMemo } from "react";
import { inReach, isFull, sorted, teamsOf } from "../lib/conversations";
import type { Names } from "../lib/useNames";
import { useTeams } from "../lib/useTeams";
import { LoadMeter } from "../ui/LoadMeter";
import { ConversationSection } from "./ConversationSection";

interface Props {
	me: Me;
	items: readonly Conversation[];
	/** They are not all, but those that were searched for. */
	searched: boolean;
	names: Names;
	current: string | null;
	onTaken(id: string): void;
}

export function ConversationLists({ me, items, searched, names, current, onTaken }: Props) {
	const { user, view_as } = me.session;
	const teams = useTeams();
	const own = useMemo(() => teamsOf(user.id, teams), [user.id, teams]);
	const { mine, unassigned, others } = useMemo(() => sorted(items, user.id), [items, user.id]);
	const seesOthers = me.may("conversations.view:team");
	const mayTake = (one: Conversation) => me.may("conversations.assign_self") && !view_as && inReach(one, own);
	const shared = { names, current };
	const empty = (text: string) => (searched ? "Nothing fits this search." : text);

	return (
		<>
			<OwnLoad me={me} />
			<ConversationSection
				{...shared}
				id="mine"
				title="Yours"
				items={mine}
				empty={empty("You have nothing in hand.")}
			/>
			{me.may("conversations.view:unassigned") && (
				<ConversationSection
					{...shared}
					id="unassigned"
					title="Unassigned"
					items={seesOthers ? unassigned : unassigned.filter((one) => inReach(one, own))}
					empty={empty("Nothing waits.")}
					mayTake={mayTake}
					onTaken={onTaken}
				/>
			)}
			{seesOthers && (
				<ConversationSection
					{...shared}
					id="others"
					title="Others"
					items={others}
					empty={empty("Nobody else has any.")}
					withHolder
				/>
			)}
		</>
	);
}

/* How much one has, and whether more will come. */
function OwnLoad({ me }: { me: Me }) {
	const { presence } = me;
	if (!presence?.capacity) return null;
	return (
		<p className="desk-load" data-testid="own-load">
			<span>
				<LoadMeter load={presence.load} capacity={presence.capacity} /> in hand
			</span>
			{presence.accepting === false && (
				<span className="empty">
					{isFull(presence) ? "No more are given to you." : "With your status no new ones are given to you."}
				</span>
			)}
		</p>
	);
}

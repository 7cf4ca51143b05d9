/* Conversations as one works on them: what one has, what one may take, what others have; one of them in detail. */

import { type Conversation, conversationList } from "muster";
import { type Me, useLiveList } from "muster/react";
import { useCallback, useMemo, useState } from "react";
import { inReach, isFull, sorted, subjectOf, teamsOf } from "../lib/conversations";
import { errorText } from "../lib/messages";
import { folded } from "../lib/text";
import { useNames } from "../lib/useNames";
import { conversationRoute, goTo, routedConversation, useRoute } from "../lib/useRoute";
import { useTeams } from "../lib/useTeams";
import { LoadMeter } from "../ui/LoadMeter";
import { SearchTool, SelectTool } from "../ui/Tools";
import { ConversationDetail } from "./ConversationDetail";
import { ConversationSection } from "./ConversationSection";
import "./conversations.css";

const NOTHING: readonly Conversation[] = [];

export function ConversationsPage({ me }: { me: Me }) {
	const { items, error } = useLiveList(conversationList);
	const teams = useTeams();
	const names = useNames();
	const current = routedConversation(useRoute());
	const [taken, setTaken] = useState<string | null>(null);
	const [search, setSearch] = useState("");
	const [team, setTeam] = useState("");
	const { user, view_as } = me.session;

	const own = useMemo(() => teamsOf(user.id, teams), [user.id, teams]);
	const lists = useMemo(
		() => sorted(fitting(items ?? NOTHING, search, team), user.id),
		[items, search, team, user.id],
	);
	const mayTake = (one: Conversation) => me.may("conversations.assign_self") && !view_as && inReach(one, own);
	const onTaken = useCallback((id: string) => {
		setTaken(id);
		goTo(conversationRoute(id));
	}, []);
	const seesOthers = me.may("conversations.view:team");
	const shared = { names, current };

	return (
		<div className="desk" data-testid="conversations" data-open={current !== null}>
			<h1 className="visually-hidden">Conversations</h1>
			<div className="desk-lists">
				{seesOthers && (
					<search className="tools">
						<SearchTool
							label="Search by subject"
							testId="conversation-search"
							value={search}
							onChange={setSearch}
						/>
						<SelectTool
							label="Team"
							testId="conversation-team"
							options={teams}
							none="All"
							value={team}
							onChange={setTeam}
						/>
					</search>
				)}
				{items === null ? (
					<p className={error === null ? "empty" : "form-error"} role={error === null ? undefined : "alert"}>
						{error === null ? "Loading…" : errorText(error)}
					</p>
				) : (
					<>
						<Mine me={me} />
						<ConversationSection
							{...shared}
							id="mine"
							title="Yours"
							items={lists.mine}
							empty="You have nothing in hand."
						/>
						{me.may("conversations.view:unassigned") && (
							<ConversationSection
								{...shared}
								id="unassigned"
								title="Unassigned"
								items={seesOthers ? lists.unassigned : lists.unassigned.filter((one) => inReach(one, own))}
								empty="Nothing waits."
								mayTake={mayTake}
								onTaken={onTaken}
							/>
						)}
						{seesOthers && (
							<ConversationSection
								{...shared}
								id="others"
								title="Others"
								items={lists.others}
								empty="Nobody else has any."
								withHolder
							/>
						)}
					</>
				)}
			</div>
			<div className="desk-detail">
				{current === null ? (
					<p className="empty desk-nothing">Choose a conversation to see more of it.</p>
				) : (
					<ConversationDetail
						key={current}
						me={me}
						id={current}
						listed={items?.find(({ id }) => id === current)}
						names={names}
						focus={taken === current}
					/>
				)}
			</div>
		</div>
	);
}

/* How much one has, and whether more will come. */
function Mine({ me }: { me: Me }) {
	const { presence } = me;
	if (!presence) return null;
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

function fitting(all: readonly Conversation[], search: string, team: string): readonly Conversation[] {
	const wanted = folded(search.trim());
	if (wanted === "" && team === "") return all;
	return all.filter(
		(one) =>
			(team === "" || one.team === team) &&
			(wanted === "" || folded(`${subjectOf(one)} ${one.id} ${one.labels.join(" ")}`).includes(wanted)),
	);
}

/* Conversations as one works on them: the lists of one's desk, and one of them in detail. */

import { type Conversation, conversationList } from "muster";
import { type Me, useLiveList } from "muster/react";
import { useCallback, useMemo, useState } from "react";
import { subjectOf } from "../lib/conversations";
import { folded } from "../lib/text";
import { useNames } from "../lib/useNames";
import { conversationRoute, goTo, routedConversation, useRoute } from "../lib/useRoute";
import { useTeams } from "../lib/useTeams";
import { ListState } from "../ui/ListState";
import { SearchTool, SelectTool } from "../ui/Tools";
import { ConversationDetail } from "./ConversationDetail";
import { ConversationLists } from "./ConversationLists";
import "./conversations.css";

export function ConversationsPage({ me }: { me: Me }) {
	const { items, error } = useLiveList(conversationList);
	const teams = useTeams();
	const names = useNames();
	const current = routedConversation(useRoute());
	const [taken, setTaken] = useState<string | null>(null);
	const [search, setSearch] = useState("");
	const [team, setTeam] = useState("");
	const shown = useMemo(() => items && fitting(items, search, team), [items, search, team]);
	const onTaken = useCallback((id: string) => {
		setTaken(id);
		goTo(conversationRoute(id));
	}, []);

	return (
		<div className="desk" data-testid="conversations" data-open={current !== null}>
			<h1 className="visually-hidden">Conversations</h1>
			<div className="desk-lists">
				{me.may("conversations.view:team") && (
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
				{shown ? (
					<ConversationLists
						me={me}
						items={shown}
						searched={shown !== items}
						names={names}
						current={current}
						onTaken={onTaken}
					/>
				) : (
					<ListState shown={null} error={error} empty="" />
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

/* The same list if nothing narrows it down. */
function fitting(all: readonly Conversation[], search: string, team: string): readonly Conversation[] {
	const wanted = folded(search.trim());
	if (wanted === "" && team === "") return all;
	return all.filter(
		(one) =>
			(team === "" || one.team === team) &&
			(wanted === "" || folded(`${subjectOf(one)} ${one.id} ${one.labels.join(" ")}`).includes(wanted)),
	);
}

/* What waits, queue by queue, and who could take it. */

import { conversationList, type Queue, queueList, type Team } from "muster";
import { type Me, useDashboard, useLiveList, usePresence } from "muster/react";
import { useMemo, useState } from "react";
import { AssignDialog } from "../conversations/AssignDialog";
import { isFull } from "../lib/conversations";
import { byName } from "../lib/text";
import { useTeams } from "../lib/useTeams";
import { ListState } from "../ui/ListState";
import { Since } from "../ui/Since";
import { QueuePanel } from "./QueuePanel";
import "../board/tally.css";
import "./queue.css";

/** The teams' queues by name, then the one of what has no team, if that ever is used. */
export function queuesOf(queues: readonly Queue[], teams: readonly Team[]): Queue[] {
	const known = new Map(queues.map((queue) => [queue.id, queue]));
	const empty = { waiting: 0, oldest: null, passed: 0, items: [] };
	const ofTeams = [...teams].sort(byName).map(({ id }) => known.get(id) ?? { id, team: id, ...empty });
	const rest = queues.filter(({ id, waiting }) => waiting > 0 && !teams.some((team) => team.id === id));
	return [...ofTeams, ...rest];
}

/* RFC 3339 in UTC sorts as text. */
const oldestOf = (queues: readonly Queue[]): string | null =>
	queues
		.map(({ oldest }) => oldest)
		.filter((at) => at !== null)
		.sort()[0] ?? null;

export function QueuePage({ me }: { me: Me }) {
	const { items, error } = useLiveList(queueList);
	const conversations = useLiveList(conversationList).items;
	const teams = useTeams();
	const { users } = usePresence();
	const dashboard = useDashboard(me.may("dashboard.view"));
	const [assigning, setAssigning] = useState<string | null>(null);
	const queues = useMemo(() => items && queuesOf(items, teams), [items, teams]);
	const known = useMemo(() => new Map(conversations?.map((one) => [one.id, one])), [conversations]);

	const oldest = queues && oldestOf(queues);
	const waiting = queues?.reduce((sum, queue) => sum + queue.waiting, 0) ?? 0;
	const chosen = assigning === null ? undefined : known.get(assigning);
	const mayAssign = me.may("conversations.assign_others") && !me.session.view_as;
	const room = (team: string | null) => {
		const members = team === null ? [...users.keys()] : (teams.find(({ id }) => id === team)?.members ?? []);
		const people = members.map((user) => users.get(user)).filter((person) => person !== undefined);
		return {
			all: people.length,
			free: people.filter((person) => person.accepting && !isFull(person)).length,
		};
	};

	return (
		<div className="queue-page" data-testid="queue">
			<h1 className="visually-hidden">Queue</h1>
			{queues && (
				<section className="queue-tally" aria-label="In all queues">
					<p className="queue-number" data-testid="queue-waiting" data-count={waiting}>
						<span className="tally-count">{waiting}</span>
						<span className="tally-label">waiting</span>
					</p>
					<p className="queue-number" data-testid="queue-oldest">
						<span className="tally-count">{oldest ? <Since at={oldest} /> : "–"}</span>
						<span className="tally-label">longest wait</span>
					</p>
					{dashboard && (
						<p className="queue-number" data-testid="queue-load" data-load={dashboard.all.load}>
							<span className="tally-count">
								{dashboard.all.load}
								<span className="queue-of">/{dashboard.all.capacity}</span>
							</span>
							<span className="tally-label">in hand of who is here</span>
						</p>
					)}
				</section>
			)}
			<div className="queues">
				{queues?.map((queue) => (
					<QueuePanel
						key={queue.id}
						queue={queue}
						team={teams.find(({ id }) => id === queue.id)}
						room={room(queue.team)}
						tile={dashboard?.teams.find((one) => one.team === queue.team)}
						known={known}
						onAssign={mayAssign ? setAssigning : undefined}
					/>
				))}
			</div>
			<ListState shown={queues?.length ?? null} error={error} empty="There is no queue that you may see." />
			{chosen && <AssignDialog me={me} conversation={chosen} onClose={() => setAssigning(null)} />}
		</div>
	);
}

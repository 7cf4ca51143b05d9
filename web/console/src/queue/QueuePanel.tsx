/* One queue: how long it is, who could take from it, and what waits in its order. */

import type { Conversation, Queue, QueueItem, Team, Tile } from "muster";
import { memo } from "react";
import { strategyText, subjectOf } from "../lib/conversations";
import { conversationRoute, routeHref } from "../lib/useRoute";
import { LoadMeter } from "../ui/LoadMeter";
import { PassedMark } from "../ui/PassedMark";
import { PriorityMark } from "../ui/PriorityMark";
import { Since } from "../ui/Since";

interface Props {
	queue: Queue;
	/** Not known for one without a team. */
	team: Team | undefined;
	/** Of its people: how many there are, and how many of them would be given something now. */
	room: { all: number; free: number };
	/** Its counts, for those who may see them. */
	tile: Tile | undefined;
	known: ReadonlyMap<string, Conversation>;
	onAssign: ((conversation: string) => void) | undefined;
}

export function QueuePanel({ queue, team, room, tile, known, onAssign }: Props) {
	const { id, waiting, oldest, passed, items } = queue;
	const name = team?.name ?? (id || "No team");
	return (
		<section className="queue" aria-label={name} data-testid={`queue-${id || "none"}`} data-waiting={waiting}>
			<header className="queue-head">
				<h2 className="queue-name">
					{name} <span className="count">{waiting}</span>
				</h2>
				<p className="queue-facts">
					{team?.strategy && <span>{strategyText(team.strategy)}</span>}
					<span
						data-testid={`queue-room-${id || "none"}`}
						className={room.free === 0 && waiting > 0 ? "queue-short" : ""}
					>
						{room.free} of {room.all} can take more
					</span>
					{tile && tile.capacity > 0 && <LoadMeter load={tile.load} capacity={tile.capacity} />}
					{oldest && (
						<span>
							longest <Since at={oldest} />
						</span>
					)}
					{passed > 0 && (
						<span className="queue-short" data-testid={`queue-passed-${id || "none"}`}>
							{passed} passed by all
						</span>
					)}
				</p>
			</header>
			{items.length === 0 ? (
				<p className="empty queue-empty">Nothing waits.</p>
			) : (
				<ol className="queue-items">
					{items.map((item) => (
						<QueueRow
							key={item.conversation}
							item={item}
							subject={subjectOf(known.get(item.conversation) ?? { id: item.conversation, subject: null })}
							visible={known.has(item.conversation)}
							onAssign={onAssign}
						/>
					))}
				</ol>
			)}
			{waiting > items.length && items.length > 0 && (
				<p className="empty queue-empty">and {waiting - items.length} more behind them</p>
			)}
		</section>
	);
}

interface RowProps {
	item: QueueItem;
	subject: string;
	/** Whether one may see more of it. */
	visible: boolean;
	onAssign: ((conversation: string) => void) | undefined;
}

const QueueRow = memo(
	function QueueRow({ item, subject, visible, onAssign }: RowProps) {
		const { conversation, position, priority, channel, queued_at, passed_at } = item;
		return (
			<li className="queue-item" data-testid={`queued-${conversation}`} data-position={position}>
				<span className="queue-position">{position}</span>
				<span className="queue-subject">
					{visible ? <a href={routeHref(conversationRoute(conversation))}>{subject}</a> : subject}
				</span>
				<span className="queue-about">
					<PriorityMark priority={priority} />
					{channel}
					<PassedMark at={passed_at} />
				</span>
				<Since at={queued_at} />
				{onAssign && (
					<button
						type="button"
						className="button button-small"
						data-testid={`queue-assign-${conversation}`}
						aria-label={`Assign ${subject}`}
						disabled={!visible}
						onClick={() => onAssign(conversation)}
					>
						Assign
					</button>
				)}
			</li>
		);
	},
	/* Each change of a queue tells all of it anew: what says the same is drawn no second time. */
	(a, b) =>
		a.subject === b.subject &&
		a.visible === b.visible &&
		a.onAssign === b.onAssign &&
		a.item.conversation === b.item.conversation &&
		a.item.position === b.item.position &&
		a.item.priority === b.item.priority &&
		a.item.channel === b.item.channel &&
		a.item.queued_at === b.item.queued_at &&
		a.item.passed_at === b.item.passed_at,
);

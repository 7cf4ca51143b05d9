/*
 * One person on the board. Drawn again only when something about that person changes. The group that it stands in
 * says the base status, so the row says only what is more than that.
 */

import type { Presence, StatusOption } from "muster";
import { memo } from "react";
import { isFull } from "../lib/conversations";
import { kindsOf } from "../lib/devices";
import { causeText, isBase, statusLabel } from "../lib/statuses";
import { DeviceIcon } from "../ui/DeviceIcon";
import { LoadMeter } from "../ui/LoadMeter";
import { Since } from "../ui/Since";
import { StatusGlyph } from "../ui/StatusGlyph";
import { UntilText } from "../ui/UntilText";

interface Props {
	person: Presence;
	options: readonly StatusOption[];
	teams: string | undefined;
	onAct: ((user: string) => void) | undefined;
}

export const PersonRow = memo(function PersonRow({ person, options, teams, onAct }: Props) {
	const { user, name, status, base, since, devices, load, capacity } = person;
	return (
		<li
			className="row"
			data-testid={`person-${user}`}
			data-status={status}
			data-base={base}
			data-load={load}
			data-full={isFull(person) && load !== 0}
		>
			<StatusGlyph base={base} />
			<span className="row-name">{name}</span>
			<span className="row-teams">{teams}</span>
			<p className="row-detail">
				<Detail person={person} options={options} />
			</p>
			{/* Who is not there is of interest only with something left in hand. */}
			<span className="row-load">
				{(base !== "offline" || load !== 0) && <LoadMeter load={load} capacity={capacity} />}
			</span>
			<div className="row-devices">
				{kindsOf(devices).map(({ kind, state, count }) => (
					<DeviceIcon key={kind} kind={kind} state={state} count={count} />
				))}
			</div>
			<span className="row-since">
				{since === null ? <span className="row-aside">never signed in</span> : <Since at={since} />}
			</span>
			{onAct && (
				<button
					type="button"
					className="button button-quiet button-icon row-act"
					data-testid={`person-act-${user}`}
					data-act-on={user}
					aria-label={`Actions for ${name}`}
					onClick={() => onAct(user)}
				>
					<svg viewBox="0 0 16 16" aria-hidden="true">
						<path d="M3 8h.1M8 8h.1M13 8h.1" />
					</svg>
				</button>
			)}
		</li>
	);
});

function Detail({ person, options }: { person: Presence; options: readonly StatusOption[] }) {
	const { status, cause, note, until, reachable } = person;
	const why = causeText(cause);
	return (
		<>
			{!isBase(status) && <span className="row-label">{statusLabel(person, options)}</span>}
			{note && <span className="row-note">{note}</span>}
			{until && <UntilText at={until} />}
			{why && <span className="row-aside">{why}</span>}
			{reachable === "mobile" && <span className="row-aside">reachable on mobile</span>}
		</>
	);
}

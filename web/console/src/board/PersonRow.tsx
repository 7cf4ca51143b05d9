/* One person on the board. Drawn again only when something about that person changes. */

import type { Presence, StatusOption } from "muster";
import { memo } from "react";
import { causeText, isBase, statusLabel } from "../lib/statuses";
import { DeviceIcon } from "../ui/DeviceIcon";
import { Since } from "../ui/Since";
import { StatusGlyph } from "../ui/StatusGlyph";
import { UntilText } from "./UntilText";

interface Props {
	person: Presence;
	options: readonly StatusOption[];
	teams: string | undefined;
	onAct: ((user: string) => void) | undefined;
}

export const PersonRow = memo(function PersonRow({ person, options, teams, onAct }: Props) {
	const { user, name, status, base, since, cause, note, until, devices, reachable } = person;
	const why = causeText(cause);
	return (
		<li className="row" data-testid={`person-${user}`} data-status={status} data-base={base}>
			<StatusGlyph base={base} />
			<div className="row-who">
				<span className="row-name">{name}</span>
				{teams && <span className="row-teams">{teams}</span>}
			</div>
			<div className="row-status">
				<span className="row-label" data-custom={!isBase(status)}>
					{statusLabel(person, options)}
				</span>
				{why && <span className="row-why">{why}</span>}
			</div>
			<div className="row-note">
				{note && <span>{note}</span>}
				{until && <UntilText at={until} />}
			</div>
			<div className="row-devices">
				{devices.map(({ kind, state }, n) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: devices here have no identity but their place
					<DeviceIcon key={n} kind={kind} state={state} />
				))}
				{reachable === "mobile" && <span className="row-reach">on mobile</span>}
			</div>
			<Since at={since} />
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

import type { Presence, StatusOption } from "muster";
import { memo } from "react";
import { statusLabel } from "../lib/statuses";
import { Since } from "../ui/Since";
import { StatusGlyph } from "../ui/StatusGlyph";

interface Props {
	person: Presence;
	options: readonly StatusOption[];
}

export const Colleague = memo(function Colleague({ person, options }: Props) {
	const { user, name, base, status, note, since } = person;
	return (
		<li className="colleague" data-testid={`colleague-${user}`} data-status={status}>
			<StatusGlyph base={base} />
			<span className="colleague-name">{name}</span>
			<span className="colleague-status">
				{statusLabel(person, options)} <Since at={since} />
			</span>
			{note && <span className="colleague-note">{note}</span>}
		</li>
	);
});

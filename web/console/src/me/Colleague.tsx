import type { Presence, StatusOption } from "muster";
import { memo } from "react";
import { statusLabel } from "../lib/statuses";
import { Since } from "../ui/Since";
import { StatusGlyph } from "../ui/StatusGlyph";
import { UntilText } from "../ui/UntilText";

interface Props {
	person: Presence;
	options: readonly StatusOption[];
}

export const Colleague = memo(function Colleague({ person, options }: Props) {
	const { user, name, base, status, note, since, until } = person;
	return (
		<li className="colleague" data-testid={`colleague-${user}`} data-status={status}>
			<StatusGlyph base={base} />
			<span className="colleague-name">{name}</span>
			<span className="colleague-status">
				{statusLabel(person, options)} {since && <Since at={since} />}
			</span>
			{(note || until) && (
				<p className="colleague-detail">
					{note}
					{note && until && " · "}
					{until && <UntilText at={until} />}
				</p>
			)}
		</li>
	);
});

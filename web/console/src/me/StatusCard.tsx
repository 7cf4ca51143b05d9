/* What the others see of oneself right now, in large. */

import type { Presence, StatusOption } from "muster";
import { useMuster } from "muster/react";
import { useNow } from "../lib/clock";
import { clockTime, spoken } from "../lib/duration";
import { causeText, statusLabel } from "../lib/statuses";
import { StatusGlyph } from "../ui/StatusGlyph";

const JUST_NOW_MS = 60_000;

interface Props {
	name: string;
	presence: Presence | undefined;
	options: readonly StatusOption[];
}

export function StatusCard({ name, presence, options }: Props) {
	const base = presence?.base ?? "offline";
	return (
		<section className="status-card" data-base={base} aria-label="Your status">
			<p className="status-card-name">{name}</p>
			<p
				className="status-card-now"
				data-testid="status-current"
				data-status={presence?.status ?? "offline"}
				aria-live="polite"
			>
				<StatusGlyph base={base} />
				{presence ? statusLabel(presence, options) : "Offline"}
			</p>
			{presence?.note && <p className="status-card-note">“{presence.note}”</p>}
			{presence && <Meta presence={presence} />}
		</section>
	);
}

function Meta({ presence }: { presence: Presence }) {
	const client = useMuster();
	useNow();
	const now = client.now();
	const ms = presence.since === null ? null : now - Date.parse(presence.since);
	const parts = ms === null ? [] : [ms < JUST_NOW_MS ? "just now" : `for ${spoken(ms)}`];
	const cause = causeText(presence.cause);
	if (cause) parts.push(cause);
	if (presence.until) {
		const until = new Date(presence.until);
		parts.push(`back at ${clockTime(until, new Date(now))}`);
	}
	return <p className="status-card-meta">{parts.join(" · ")}</p>;
}

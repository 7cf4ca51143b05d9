/* How many there are of each status; each number is also the way to see only those. */

import type { BaseStatus } from "muster";
import { BASES, baseLabel } from "../lib/statuses";
import { StatusGlyph } from "../ui/StatusGlyph";

interface Props {
	counts: Record<BaseStatus, number>;
	chosen: BaseStatus | null;
	onChoose(base: BaseStatus | null): void;
}

export function Tally({ counts, chosen, onChoose }: Props) {
	return (
		<section className="tally" aria-label="How many, by status">
			<div className="tally-numbers">
				{BASES.map((base) => (
					<button
						key={base}
						type="button"
						className="tally-item"
						data-base={base}
						data-testid={`count-${base}`}
						data-count={counts[base]}
						aria-pressed={chosen === base}
						onClick={() => onChoose(chosen === base ? null : base)}
					>
						<span className="tally-count">{counts[base]}</span>
						<span className="tally-label">
							<StatusGlyph base={base} />
							{baseLabel(base)}
						</span>
					</button>
				))}
			</div>
			<div className="tally-bar" aria-hidden="true">
				{BASES.map((base) => (
					<span key={base} className="tally-part" data-base={base} style={{ flexGrow: counts[base] }} />
				))}
			</div>
		</section>
	);
}

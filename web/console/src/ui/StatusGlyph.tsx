/* A status as a shape, so that it can be told without its colour: disc, bar, crescent, ring. */

import type { BaseStatus } from "muster";
import type { ReactNode } from "react";

const shapes: Readonly<Record<BaseStatus, ReactNode>> = {
	available: <circle cx="8" cy="8" r="6.5" className="glyph-fill" />,
	busy: (
		<>
			<circle cx="8" cy="8" r="6.5" className="glyph-fill" />
			<rect x="4.4" y="6.9" width="7.2" height="2.2" rx="1.1" className="glyph-cut" />
		</>
	),
	away: <path d="M9.9 1.8a6.5 6.5 0 1 0 4.4 8.1A5.2 5.2 0 0 1 9.9 1.8Z" className="glyph-fill" />,
	offline: <circle cx="8" cy="8" r="5.5" className="glyph-ring" />,
};

export function StatusGlyph({ base }: { base: BaseStatus }) {
	return (
		<svg className="glyph" data-base={base} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
			{shapes[base]}
		</svg>
	);
}

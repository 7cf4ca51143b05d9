/* How much somebody has in hand, of what they take at a time. */

import { isFull } from "../lib/conversations";
import "./load.css";

interface Props {
	load: number | undefined;
	capacity: number | undefined;
}

export function LoadMeter({ load, capacity }: Props) {
	if (load === undefined || capacity === undefined || (capacity === 0 && load === 0)) return null;
	const full = isFull({ load, capacity });
	const part = capacity === 0 ? 1 : Math.min(1, load / capacity);
	return (
		<span
			className="load"
			data-full={full}
			title={`${load} of ${capacity} conversations${full ? ", full" : ""}`}
		>
			<span className="load-track" aria-hidden="true">
				<span className="load-part" style={{ transform: `scaleX(${part})` }} />
			</span>
			<span aria-hidden="true">
				{load}/{capacity}
			</span>
			<span className="visually-hidden">
				{load} of {capacity} conversations{full && ", full"}
			</span>
		</span>
	);
}

/* Time left until a moment of the hub's clock, ticking. */

import { useMuster } from "muster/react";
import { useNow } from "../lib/clock";
import { ticking } from "../lib/duration";

export function Countdown({ until }: { until: string }) {
	useNow();
	const client = useMuster();
	const end = Date.parse(until);
	if (Number.isNaN(end)) return null;
	/* The second that has begun counts. */
	return (
		<time className="since" dateTime={until}>
			{ticking(Math.ceil((end - client.now()) / 1_000) * 1_000)}
		</time>
	);
}

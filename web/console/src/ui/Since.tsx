/* Time since a moment of the hub's clock, ticking. */

import { useMuster } from "muster/react";
import { useNow } from "../lib/clock";
import { ticking } from "../lib/duration";

export function Since({ at }: { at: string }) {
	useNow();
	const client = useMuster();
	const start = Date.parse(at);
	if (Number.isNaN(start)) return null;
	return (
		<time className="since" dateTime={at} title={`since ${new Date(start).toLocaleString()}`}>
			{ticking(client.now() - start)}
		</time>
	);
}

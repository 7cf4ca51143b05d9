/* When something ends by itself, in local time. */

import { useMuster } from "muster/react";
import { clockTime } from "../lib/duration";

interface Props {
	at: string;
	before?: string;
}

export function UntilText({ at, before = "back at" }: Props) {
	const client = useMuster();
	return (
		<span className="until">
			{before} {clockTime(new Date(at), new Date(client.now()))}
		</span>
	);
}

/* When a status ends by itself, in local time. */

import { useMuster } from "muster/react";
import { clockTime } from "../lib/duration";

export function UntilText({ at }: { at: string }) {
	const client = useMuster();
	return <span className="until">back at {clockTime(new Date(at), new Date(client.now()))}</span>;
}

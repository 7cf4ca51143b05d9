import { useMuster } from "muster/react";
import { clockTime } from "../lib/duration";

export function UntilText({ at }: { at: string }) {
	const client = useMuster();
	return <span className="row-aside">back at {clockTime(new Date(at), new Date(client.now()))}</span>;
}

/* Who has a conversation in front of them: says that one does oneself, and hears of the others. */

import type { MusterClient } from "./client";
import type { Viewer } from "./types";

/**
 * Looks at a conversation until the function that is answered is called. `changed` hears of everybody who does, oneself
 * included; nobody is known while there is no connection.
 */
export function watchViewers(
	client: MusterClient,
	id: string,
	changed: (viewers: readonly Viewer[]) => void,
): () => void {
	/* Nothing hangs on the answer: it is said again with the next connection. */
	const say = (on: boolean) => client.call("conversation.viewing", { id, on }).catch(() => {});
	const isLive = () => client.connection.phase === "live";
	let known = 0;
	const tell = (viewers: readonly Viewer[]) => {
		if (known === 0 && viewers.length === 0) return;
		known = viewers.length;
		changed(viewers);
	};
	const ends = [
		client.on("conversation.viewers", ({ data }) => {
			if (data.conversation === id) tell(data.viewers);
		}),
		client.on("connection", () => {
			if (isLive()) void say(true);
			else tell([]);
		}),
	];
	if (isLive()) void say(true);
	return () => {
		for (const end of ends) end();
		if (isLive()) void say(false);
	};
}

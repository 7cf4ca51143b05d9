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
	const isLive = () => client.connection.phase === "live";
	let looks = true;
	let known: readonly Viewer[] = [];
	const tell = (viewers: readonly Viewer[]) => {
		if (known.length === 0 && viewers.length === 0) return;
		known = viewers;
		changed(viewers);
	};
	/* The answer names who is there already. If there is none it is said again with the next connection. */
	const come = () =>
		client.call("conversation.viewing", { id, on: true }).then(
			({ viewers }) => looks && tell(viewers),
			() => {},
		);
	const ends = [
		client.on("conversation.viewers", ({ data }) => {
			if (data.conversation === id) tell(data.viewers);
		}),
		client.on("conversation.typing", ({ data }) => {
			if (data.conversation === id && known.some((one) => one.user === data.user))
				tell(known.map((one) => (one.user === data.user ? { ...one, typing: data.on } : one)));
		}),
		client.on("session.skipped", () => void come()),
		client.on("connection", () => {
			if (isLive()) void come();
			else tell([]);
		}),
	];
	if (isLive()) void come();
	return () => {
		looks = false;
		for (const end of ends) end();
		if (isLive()) client.call("conversation.viewing", { id, on: false }).catch(() => {});
	};
}

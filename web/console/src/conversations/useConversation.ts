/* One conversation, whatever its status: known from the list, else asked for, and followed by its events. */

import { type Conversation, conversationAfter, MusterError } from "muster";
import { useConnection, useMuster, useMusterEvent } from "muster/react";
import { useEffect, useState } from "react";
import { errorText } from "../lib/messages";

interface Known {
	id: string;
	/** Null: it is out of sight. */
	record: Conversation | null;
	error: string | null;
}

export interface OneConversation {
	/** Null while it is not known, or can't be. */
	record: Conversation | null;
	/** It is not there, or not to be seen any more. */
	gone: boolean;
	error: string | null;
}

const newer = (a: Conversation | undefined | null, b: Conversation | undefined | null) =>
	(a?.version ?? 0) >= (b?.version ?? 0) ? (a ?? null) : (b ?? null);

/** `listed` is what the list has of it. */
export function useConversation(id: string, listed: Conversation | undefined): OneConversation {
	const client = useMuster();
	const live = useConnection().phase === "live";
	const [known, setKnown] = useState<Known | null>(null);
	const own = known?.id === id ? known : null;

	/* Once per session: what happened to it while there was none may not be told. */
	useEffect(() => {
		if (!live) return;
		let left = false;
		client.call("conversation.get", { id }).then(
			(record) => left || setKnown({ id, record, error: null }),
			(error) => {
				if (left) return;
				const gone = error instanceof MusterError && error.kind === "not_found";
				setKnown({ id, record: null, error: gone ? null : errorText(error) });
			},
		);
		return () => {
			left = true;
		};
	}, [client, live, id]);

	useMusterEvent("event", (event) => {
		setKnown((before) => {
			if (before?.id !== id) return before;
			const record = conversationAfter(before.record, event, id);
			return record === before.record ? before : { id, record, error: null };
		});
	});

	const record = own?.record === null && !own.error ? null : newer(own?.record, listed);
	return { record, gone: own !== null && record === null && own.error === null, error: own?.error ?? null };
}

/*
 * Hands a conversation over, as decided on what was shown: if somebody has changed it meanwhile nothing is done, and the
 * next attempt is about what is there now.
 */

import { type Conversation, MusterError } from "muster";
import { useMuster } from "muster/react";
import { useRef, useState } from "react";
import { useAction } from "../ui/useAction";
import { actFault } from "./useActs";

export interface Reassign {
	busy: boolean;
	error: string | null;
	/** There is no room for it, though nothing has changed. */
	refused: boolean;
	/** Another choice is made. */
	reconsider(): void;
	/** To nobody: into the queue of the team. Empty: no team. Answers whether it worked. */
	send(user: string | null, team: string, force: boolean): Promise<boolean>;
}

export function useReassign(conversation: Conversation): Reassign {
	const client = useMuster();
	const held = useRef(conversation);
	const [refused, setRefused] = useState(false);
	const { busy, error, run } = useAction((caught) => {
		const text = actFault(caught, held.current, (user) => client.presence.get(user)?.name);
		if (caught instanceof MusterError && caught.kind === "conflict") {
			const present = (caught.present as Conversation | undefined) ?? held.current;
			setRefused(present.version === held.current.version);
			held.current = present;
		}
		return text;
	});

	const send = (user: string | null, team: string, force: boolean) =>
		run(() => {
			const { id, version, team: before } = held.current;
			const at = { id, if_version: version };
			const moved = team !== (before ?? "") && { team: team || null };
			if (user === null && !moved) return client.call("conversation.unassign", at);
			return client.call("conversation.assign", {
				...at,
				...moved,
				...(user !== null && { user, ...(force && { force }) }),
			});
		});
	return { busy, error, refused, reconsider: () => setRefused(false), send };
}

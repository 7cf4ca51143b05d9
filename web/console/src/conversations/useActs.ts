/*
 * What can be done about a conversation with one click. What goes wrong is told over the page: the row or the offer
 * that was clicked may be gone by then.
 */

import { type CommandName, type Commands, type Conversation, MusterError } from "muster";
import { useMuster } from "muster/react";
import { useCallback } from "react";
import { subjectOf } from "../lib/conversations";
import { faultText } from "../lib/messages";
import { useNotices } from "../ui/Notices";
import { useAction } from "../ui/useAction";

type Act = Extract<CommandName, `conversation.${string}`>;

export interface Acts {
	busy: boolean;
	/** Answers whether it worked. */
	act<Name extends Act>(method: Name, more?: Omit<Commands[Name]["params"], "id">): Promise<boolean>;
}

/** Undefined for who is not to be seen. */
export type NameOf = (user: string) => string | undefined;

/** Why something could not be done to what was shown as `held`. */
export function actFault(error: unknown, held: Conversation, nameOf: NameOf): string {
	if (error instanceof MusterError && error.kind === "not_found")
		return "It isn't yours to see any more: somebody else has it, or it was moved.";
	const present = error instanceof MusterError ? (error.present as Conversation | undefined) : undefined;
	if (!present || present.version === held.version) return faultText(error);
	if (present.status === "resolved") return "It was resolved meanwhile.";
	if (present.assignee !== null && present.assignee !== held.assignee)
		return `${nameOf(present.assignee) ?? "Somebody else"} was faster and has it now.`;
	if (present.offered_to !== null && present.offered_to !== held.offered_to)
		return `It was just offered to ${nameOf(present.offered_to) ?? "somebody else"}.`;
	return "It has changed meanwhile. Have another look.";
}

export function useActs(held: Conversation): Acts {
	const client = useMuster();
	const notices = useNotices();
	const { busy, run } = useAction();

	const act = useCallback(
		async (method: Act, more: object = {}) => {
			let fault: string | null = null;
			await run(async () => {
				try {
					await client.call(method as string, { id: held.id, ...more });
				} catch (error) {
					fault = actFault(error, held, (user) => client.presence.get(user)?.name);
				}
			});
			if (fault !== null) notices.add({ title: subjectOf(held), text: fault });
			return fault === null;
		},
		[client, held, notices, run],
	);
	return { busy, act };
}

/*
 * Changes to one's own status. Each says the whole of it (status, note, end), so that what holds afterwards
 * does not depend on what another device has set in between; sent again if the connection breaks.
 * Nobody waits for an answer before the next change: a change builds on the one before it, and the last one holds.
 */

import type { Choice } from "muster";
import { useMuster } from "muster/react";
import { useCallback, useRef, useState } from "react";
import { faultText } from "../lib/messages";

export interface SetStatus {
	error: string | null;
	/** The status that is being set. */
	pending: string | null;
	/** A new status begins without an end. */
	setStatus(status: string, note: string | null): Promise<boolean>;
	setNote(note: string | null): Promise<boolean>;
	setUntil(until: Date | null): Promise<boolean>;
}

export function useSetStatus(chosen: Choice): SetStatus {
	const client = useMuster();
	const [error, setError] = useState<string | null>(null);
	const [pending, setPending] = useState<string | null>(null);
	/* The last change that has no answer yet. */
	const sent = useRef<Choice | null>(null);

	const send = useCallback(
		async (choice: Choice) => {
			sent.current = choice;
			setPending(choice.status);
			setError(null);
			try {
				await client.call("presence.set", { ...choice }, { idempotent: true });
				return true;
			} catch (caught) {
				if (sent.current === choice) setError(faultText(caught));
				return false;
			} finally {
				if (sent.current === choice) {
					sent.current = null;
					setPending(null);
				}
			}
		},
		[client],
	);
	const present = () => sent.current ?? chosen;

	return {
		error,
		pending,
		setStatus: (status, note) => send({ status, note: note || null, until: null }),
		setNote: (note) => send({ ...present(), note }),
		setUntil: (until) => send({ ...present(), until: until?.toISOString() ?? null }),
	};
}

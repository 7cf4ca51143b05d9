/*
 * Changes to one's own status. Each says the whole of it (status, note, end), so that what holds afterwards
 * does not depend on what another device has set in between; sent again if the connection breaks.
 */

import type { Choice } from "muster";
import { useMuster } from "muster/react";
import { useCallback, useState } from "react";
import { useAction } from "../ui/useAction";

export interface SetStatus {
	error: string | null;
	/** The status that is being set. */
	pending: string | null;
	/** A new status begins without an end. */
	setStatus(status: string, note: string | null): Promise<boolean>;
	setNote(note: string | null): Promise<boolean>;
	setUntil(until: Date | null): Promise<boolean>;
}

export function useSetStatus({ status, note, until }: Choice): SetStatus {
	const client = useMuster();
	const { error, run } = useAction();
	const [pending, setPending] = useState<string | null>(null);

	const send = useCallback(
		async (status: string, note: string | null, until: string | null) => {
			setPending(status);
			const done = await run(() =>
				client.call("presence.set", { status, note, until }, { idempotent: true }),
			);
			setPending(null);
			return done;
		},
		[client, run],
	);

	return {
		error,
		pending,
		setStatus: (next, withNote) => send(next, withNote || null, null),
		setNote: (next) => send(status, next, until),
		setUntil: (next) => send(status, note, next?.toISOString() ?? null),
	};
}

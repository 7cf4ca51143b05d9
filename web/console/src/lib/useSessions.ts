/* The open sessions of a person, taken anew whenever their devices change. */

import type { SessionItem } from "muster";
import { useConnection, useMuster, usePresenceOf } from "muster/react";
import { useCallback, useEffect, useState } from "react";
import { errorText } from "./messages";
import { allPages } from "./paging";

export interface Sessions {
	/** Null until they are known. */
	items: readonly SessionItem[] | null;
	error: string | null;
	/** Ends one session, or all of them. */
	revoke(session?: string): Promise<void>;
}

export function useSessions(user: string): Sessions {
	const client = useMuster();
	const live = useConnection().phase === "live";
	const devices = usePresenceOf(user)?.devices;
	const [items, setItems] = useState<readonly SessionItem[] | null>(null);
	const [error, setError] = useState<string | null>(null);
	/* Told by content: a new presence with the same devices is no reason to ask again. */
	const known = JSON.stringify(devices ?? []);

	const load = useCallback(async () => {
		try {
			setItems(await allPages((after) => client.call("session.list", { user, ...after })));
			setError(null);
		} catch (caught) {
			setError(errorText(caught));
		}
	}, [client, user]);

	// biome-ignore lint/correctness/useExhaustiveDependencies: a change of devices is the reason to load again
	useEffect(() => {
		if (live) void load();
	}, [live, load, known]);

	const revoke = useCallback(
		async (session?: string) => {
			await client.call("session.revoke", { user, ...(session === undefined ? {} : { session }) });
			await load();
		},
		[client, user, load],
	);
	return { items, error, revoke };
}

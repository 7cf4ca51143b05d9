/* Where a person is signed in, taken anew whenever the devices of their presence change. */

import { MusterError } from "muster";
import { useConnection, useMuster, usePresenceOf } from "muster/react";
import { useCallback, useEffect, useState } from "react";
import { devicesOf, type SignedInDevice } from "./devices";
import { errorText } from "./messages";
import { allPages } from "./paging";

export interface Devices {
	/** Null until they are known. */
	items: readonly SignedInDevice[] | null;
	error: string | null;
	/** Ends one device's sessions. */
	signOut(device: SignedInDevice): Promise<void>;
	/** Ends all sessions, and every sign-in made so far. */
	signOutAll(): Promise<void>;
}

/* The tabs of a browser share one sign-in: ending the first may have ended the others. */
function unlessGone(error: unknown): void {
	if (!(error instanceof MusterError && error.kind === "not_found")) throw error;
}

export function useDevices(user: string): Devices {
	const client = useMuster();
	const live = useConnection().phase === "live";
	const devices = usePresenceOf(user)?.devices;
	const [items, setItems] = useState<readonly SignedInDevice[] | null>(null);
	const [error, setError] = useState<string | null>(null);
	/* Told by content: a new presence with the same devices is no reason to ask again. */
	const known = JSON.stringify(devices ?? []);

	const load = useCallback(async () => {
		try {
			setItems(devicesOf(await allPages((after) => client.call("session.list", { user, ...after }))));
			setError(null);
		} catch (caught) {
			setError(errorText(caught));
		}
	}, [client, user]);

	// biome-ignore lint/correctness/useExhaustiveDependencies: a change of devices is the reason to load again
	useEffect(() => {
		if (live) void load();
	}, [live, load, known]);

	const signOut = useCallback(
		async (device: SignedInDevice) => {
			for (const session of device.sessions) {
				await client.call("session.revoke", { user, session }).catch(unlessGone);
			}
			await load();
		},
		[client, user, load],
	);
	const signOutAll = useCallback(async () => {
		await client.call("session.revoke", { user });
		await load();
	}, [client, user, load]);
	return { items, error, signOut, signOutAll };
}

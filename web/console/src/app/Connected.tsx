/* Holds the client of one sign-in, and hands it to everything below. */

import { type CloseReason, MusterClient, trackActivity } from "muster";
import { MusterProvider } from "muster/react";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Auth } from "../lib/auth";
import { thisDevice } from "../lib/device";
import { NoticesProvider } from "../ui/Notices";
import { Shell } from "./Shell";

interface Props {
	auth: Auth;
	/** The hub has ended the session for good. */
	onEnded(auth: Auth, reason: CloseReason): void;
	/** Signed out on this page. */
	onLeft(auth: Auth): void;
}

/* How long to wait for the hub's word at signing out: the browser forgets the token in any case. */
const LOGOUT_TIMEOUT_MS = 3_000;

const socketUrl = () => `${location.origin.replace(/^http/, "ws")}/v1/ws`;

export function Connected({ auth, onEnded, onLeft }: Props) {
	const [client] = useState(
		() => new MusterClient({ url: socketUrl(), token: auth.token, device: thisDevice(), watch: "all" }),
	);

	/* Signing out ends this session too: that is no news. */
	const leaving = useRef(false);

	useEffect(() => {
		const off = client.on("connection", (state) => {
			if (state.phase === "closed" && !leaving.current) onEnded(auth, state.reason);
		});
		client.connect();
		const stop = trackActivity(client);
		return () => {
			off();
			stop();
			client.close();
		};
	}, [client, auth, onEnded]);

	const signOut = useCallback(async () => {
		leaving.current = true;
		await client.call("auth.logout", {}, { timeoutMs: LOGOUT_TIMEOUT_MS }).catch(() => {});
		onLeft(auth);
	}, [client, auth, onLeft]);

	return (
		<MusterProvider value={client}>
			<NoticesProvider>
				<Shell onSignOut={signOut} />
			</NoticesProvider>
		</MusterProvider>
	);
}

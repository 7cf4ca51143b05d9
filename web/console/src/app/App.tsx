/* Signed in or not: the one decision at the top of the page. */

import type { CloseReason } from "muster";
import { useCallback, useState } from "react";
import { type Auth, dropAuth, useAuth } from "../lib/auth";
import { endOfSignIn } from "../lib/messages";
import { SignIn } from "../signin/SignIn";
import { Connected } from "./Connected";

interface Ended {
	token: string;
	why: string;
}

export function App() {
	const auth = useAuth();
	const [ended, setEnded] = useState<Ended | null>(null);

	const onEnded = useCallback((from: Auth, reason: CloseReason) => {
		const why = endOfSignIn(reason);
		if (why === null) return;
		setEnded({ token: from.token, why });
		/* A revoked session may leave the sign-in good for the other tabs: the hub tells them itself. */
		if (reason.code !== 4003) dropAuth(from);
	}, []);

	if (!auth || auth.token === ended?.token) return <SignIn notice={ended?.why ?? null} />;
	return <Connected key={auth.token} auth={auth} onEnded={onEnded} />;
}

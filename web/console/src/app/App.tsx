/* Invited, signed in or neither: the one decision at the top of the page. */

import type { CloseReason } from "muster";
import { useCallback, useMemo, useState } from "react";
import { type Auth, dropAuth, useAuth } from "../lib/auth";
import { endOfSignIn, SIGNED_OUT_ELSEWHERE, SIGNED_OUT_IN_ANOTHER_TAB } from "../lib/messages";
import { useInviteLink } from "../lib/useInviteLink";
import { dropViewing, useViewing } from "../lib/viewing";
import { AcceptInvite } from "../signin/AcceptInvite";
import { SignIn } from "../signin/SignIn";
import { Connected } from "./Connected";

interface Ended {
	token: string;
	/** Null: by a click on this very page, which needs no explanation. */
	why: string | null;
}

export function App() {
	const invite = useInviteLink();
	const auth = useAuth();
	const viewing = useViewing();
	const shown = useMemo(() => auth && (viewing ? { ...auth, token: viewing } : auth), [auth, viewing]);
	const [last, setLast] = useState(auth);
	const [ended, setEnded] = useState<Ended | null>(null);
	if (auth && auth !== last) setLast(auth);

	const onEnded = useCallback((from: Auth, reason: CloseReason) => {
		const why = endOfSignIn(reason);
		if (why === null || dropViewing()) return; /* a view has ended: back to oneself */
		setEnded({ token: from.token, why });
		/* A revoked session may leave the sign-in good for the other tabs: the hub tells them itself. */
		if (why !== SIGNED_OUT_ELSEWHERE) dropAuth(from);
	}, []);
	const onLeft = useCallback((from: Auth) => {
		setEnded({ token: from.token, why: null });
		dropAuth(from);
	}, []);

	if (invite) return <AcceptInvite key={invite.token} link={invite} />;
	if (!auth || !shown || auth.token === ended?.token) return <SignIn notice={notice(auth, last, ended)} />;
	return <Connected key={shown.token} auth={shown} onEnded={onEnded} onLeft={onLeft} />;
}

/* The hub's word and the news that another tab has forgotten the sign-in come in either order. */
function notice(auth: Auth | null, last: Auth | null, ended: Ended | null): string | null {
	if (!last) return null;
	const why = ended?.token === last.token ? ended.why : SIGNED_OUT_IN_ANOTHER_TAB;
	return why === SIGNED_OUT_ELSEWHERE && !auth ? SIGNED_OUT_IN_ANOTHER_TAB : why;
}

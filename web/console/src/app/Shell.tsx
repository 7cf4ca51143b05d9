/* The frame around the pages: who and where one is, the way to the pages, the state of the connection. */

import { type Me, useConnection, useMe } from "muster/react";
import { useState } from "react";
import { BoardPage } from "../board/BoardPage";
import { type Route, useRoute } from "../lib/useRoute";
import { MePage } from "../me/MePage";
import { MustEnroll } from "../security/MustEnroll";
import { SecurityPage } from "../security/SecurityPage";
import { Brand } from "../ui/Brand";
import { ConnectionState } from "./ConnectionState";
import { ForcedNotice } from "./ForcedNotice";
import { Nav } from "./Nav";
import { ViewBanner } from "./ViewBanner";
import "./shell.css";

interface Props {
	onSignOut(): void;
}

export function Shell({ onSignOut }: Props) {
	const me = useMe();
	const live = useConnection().phase === "live";
	const route = useRoute();
	const mayWatch = me?.may("presence.view:team") ?? false;
	const current = route === "board" && !mayWatch ? "me" : route;
	const [held, setHeld] = useState(false);
	const enrolling = held || (me?.session.must_enroll ?? false);
	const view = me?.session.view_as;

	return (
		<div className="shell">
			<header className="shell-head">
				<Brand workspace={me?.session.workspace.name} />
				{!enrolling && <Nav board={mayWatch} current={current} own={me?.presence?.base} />}
				<div className="shell-tools">
					<ConnectionState />
					{me && <span className="shell-who">{me.session.user.name}</span>}
					{!view && (
						<button type="button" className="button button-quiet" data-testid="sign-out" onClick={onSignOut}>
							Sign out
						</button>
					)}
				</div>
			</header>
			{me && view && <ViewBanner session={me.session} view={view} />}
			{me && <ForcedNotice />}
			<main className={live ? "shell-main" : "shell-main is-stale"}>
				{!me && <p className="shell-wait">Connecting to your workspace…</p>}
				{me && enrolling && <MustEnroll onHold={setHeld} />}
				{me && !enrolling && <CurrentPage route={current} me={me} />}
			</main>
		</div>
	);
}

function CurrentPage({ route, me }: { route: Route; me: Me }) {
	switch (route) {
		case "board":
			return <BoardPage me={me} />;
		case "security":
			return <SecurityPage me={me} />;
		default:
			return <MePage me={me} />;
	}
}

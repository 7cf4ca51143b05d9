/* The frame around the pages: who and where one is, the way to the pages, the state of the connection. */

import { type Me, useConnection, useMe } from "muster/react";
import { useState } from "react";
import { AdminPage } from "../admin/AdminPage";
import { BoardPage } from "../board/BoardPage";
import { sectionsFor } from "../lib/sections";
import { adminRoute, type Route, useRoute } from "../lib/useRoute";
import { MePage } from "../me/MePage";
import { MustEnroll } from "../security/MustEnroll";
import { OwnSecurity } from "../security/OwnSecurity";
import { Brand } from "../ui/Brand";
import { ConnectionState } from "./ConnectionState";
import { ForcedNotice } from "./ForcedNotice";
import { Nav, type Page } from "./Nav";
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
	const sections = me ? sectionsFor(me.may) : [];
	const section = sections.find(({ id }) => adminRoute(id) === route);
	const current = section ? "admin" : open(route, mayWatch);
	const [held, setHeld] = useState(false);
	const enrolling = held || (me?.session.must_enroll ?? false);
	const view = me?.session.view_as;

	return (
		<div className="shell">
			<header className="shell-head">
				<Brand workspace={me?.session.workspace.name} />
				{!enrolling && (
					<Nav
						board={mayWatch}
						admin={sections[0] && adminRoute(sections[0].id)}
						current={current}
						own={me?.presence?.base}
					/>
				)}
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
				{me && !enrolling && section && <AdminPage me={me} sections={sections} current={section.id} />}
				{me && !enrolling && !section && <OwnPage page={current} me={me} />}
			</main>
		</div>
	);
}

/* What one may not see, or no longer, is one's own page instead. */
function open(route: Route, mayWatch: boolean): Page {
	if (route === "board") return mayWatch ? "board" : "me";
	return route === "security" ? "security" : "me";
}

function OwnPage({ page, me }: { page: Page; me: Me }) {
	switch (page) {
		case "board":
			return <BoardPage me={me} />;
		case "security":
			return <OwnSecurity me={me} />;
		default:
			return <MePage me={me} />;
	}
}

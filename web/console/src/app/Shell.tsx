/* The frame around the pages: who and where one is, the way to the pages, the state of the connection. */

import { type Me, useConnection, useMe } from "muster/react";
import { type ComponentType, useState } from "react";
import { AdminPage } from "../admin/AdminPage";
import { BoardPage } from "../board/BoardPage";
import { ConversationsPage } from "../conversations/ConversationsPage";
import { MovedNotice } from "../conversations/MovedNotice";
import { OfferBar } from "../conversations/OfferBar";
import { type Section, sectionsFor } from "../lib/sections";
import { adminRoute, type Route, routedConversation, useRoute } from "../lib/useRoute";
import { MePage } from "../me/MePage";
import { QueuePage } from "../queue/QueuePage";
import { MustEnroll } from "../security/MustEnroll";
import { OwnSecurity } from "../security/OwnSecurity";
import { Brand } from "../ui/Brand";
import { ConnectionState } from "./ConnectionState";
import { ForcedNotice } from "./ForcedNotice";
import { Nav, type Page, type PageLink } from "./Nav";
import { ViewBanner } from "./ViewBanner";
import "./shell.css";

interface Props {
	onSignOut(): void;
}

interface OwnPage {
	id: Exclude<Page, "admin">;
	label: string;
	/** What one must hold to see it; null: nothing. */
	need: string | null;
	Content: ComponentType<{ me: Me }>;
}

const SEES_CONVERSATIONS = "conversations.view:own";

const ownPages: readonly OwnPage[] = [
	{ id: "me", label: "My status", need: null, Content: MePage },
	{ id: "conversations", label: "Conversations", need: SEES_CONVERSATIONS, Content: ConversationsPage },
	{ id: "queue", label: "Queue", need: "queue.view:team", Content: QueuePage },
	{ id: "board", label: "Board", need: "presence.view:team", Content: BoardPage },
	{ id: "security", label: "Security", need: null, Content: OwnSecurity },
];

export function Shell({ onSignOut }: Props) {
	const me = useMe();
	const live = useConnection().phase === "live";
	const route = useRoute();
	const sections = me ? sectionsFor(me.may) : [];
	const section = sections.find(({ id }) => adminRoute(id) === route);
	const open = ownPages.filter(({ need }) => need === null || me?.may(need));
	/* What one may not see, or no longer, is one's own page instead. */
	const own = open.find(({ id }) => id === pageOf(route)) ?? ownPages[0];
	const [held, setHeld] = useState(false);
	const enrolling = held || (me?.session.must_enroll ?? false);
	const view = me?.session.view_as;
	const working = me && !enrolling && me.may(SEES_CONVERSATIONS);

	return (
		<div className="shell">
			<header className="shell-head">
				<Brand workspace={me?.session.workspace.name} />
				{!enrolling && (
					<Nav
						pages={linksTo(open, sections)}
						current={section ? "admin" : (own?.id ?? "me")}
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
			{working && <MovedNotice />}
			{working && <OfferBar me={me} />}
			<main className={live ? "shell-main" : "shell-main is-stale"}>
				{!me && <p className="shell-wait">Connecting to your workspace…</p>}
				{me && enrolling && <MustEnroll onHold={setHeld} />}
				{me && !enrolling && section && <AdminPage me={me} sections={sections} current={section.id} />}
				{me && !enrolling && !section && own && <own.Content me={me} />}
			</main>
		</div>
	);
}

const pageOf = (route: Route): string => (routedConversation(route) === null ? route : "conversations");

/* The pages for those who run the workspace begin at the first of them that there is for this person. */
function linksTo(open: readonly OwnPage[], sections: readonly Section[]): PageLink[] {
	const links: PageLink[] = open.map(({ id, label }) => ({ id, label, to: id }));
	if (sections[0]) links.push({ id: "admin", label: "Admin", to: adminRoute(sections[0].id) });
	return links;
}

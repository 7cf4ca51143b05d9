/* The pages for those who run the workspace, with the way from one to the other. */

import type { Me } from "muster/react";
import { type ComponentType, useEffect, useRef } from "react";
import type { Section, SectionId } from "../lib/sections";
import { adminRoute, routeHref } from "../lib/useRoute";
import { AuditPage } from "./audit/AuditPage";
import { InvitesPage } from "./invites/InvitesPage";
import { RolesPage } from "./roles/RolesPage";
import { SecurityPage } from "./security/SecurityPage";
import { TeamsPage } from "./teams/TeamsPage";
import { UsersPage } from "./users/UsersPage";
import { WorkspacePage } from "./workspace/WorkspacePage";
import "./admin.css";

const pages: Readonly<Record<SectionId, ComponentType<{ me: Me }>>> = {
	users: UsersPage,
	invites: InvitesPage,
	roles: RolesPage,
	teams: TeamsPage,
	security: SecurityPage,
	workspace: WorkspacePage,
	audit: AuditPage,
};

interface Props {
	me: Me;
	sections: readonly Section[];
	current: SectionId;
}

export function AdminPage({ me, sections, current }: Props) {
	const Page = pages[current];
	const here = useRef<HTMLAnchorElement>(null);
	/* On a phone they are a row that is wider than the window. */
	// biome-ignore lint/correctness/useExhaustiveDependencies: the element is another one when the page is
	useEffect(() => {
		here.current?.scrollIntoView({ block: "nearest", inline: "center" });
	}, [current]);
	return (
		<div className="admin" data-testid={`admin-${current}`}>
			<nav className="admin-nav" aria-label="Admin pages">
				{sections.map(({ id, label }) => (
					<a
						key={id}
						ref={id === current ? here : undefined}
						className="admin-link"
						href={routeHref(adminRoute(id))}
						data-testid={`admin-nav-${id}`}
						aria-current={id === current ? "page" : undefined}
					>
						{label}
					</a>
				))}
			</nav>
			<div className="admin-main">
				<Page me={me} />
			</div>
		</div>
	);
}

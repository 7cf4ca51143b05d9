/* The pages for those who run the workspace, and what one must hold to see each. */

export interface Section {
	id: SectionId;
	label: string;
	/** One of these is enough. */
	needs: readonly string[];
}

export type SectionId = "users" | "invites" | "roles" | "teams" | "security" | "workspace" | "audit";

const sections: readonly Section[] = [
	{ id: "users", label: "People", needs: ["users.view"] },
	{ id: "invites", label: "Invitations", needs: ["users.manage"] },
	{ id: "roles", label: "Roles", needs: ["roles.manage"] },
	{ id: "teams", label: "Teams", needs: ["teams.manage"] },
	{ id: "security", label: "Security", needs: ["security.manage", "impersonate"] },
	{ id: "workspace", label: "Workspace", needs: ["workspace.manage"] },
	{ id: "audit", label: "Audit log", needs: ["audit.view"] },
];

export const sectionIds: readonly SectionId[] = sections.map(({ id }) => id);

export const sectionsFor = (may: (permission: string) => boolean): Section[] =>
	sections.filter(({ needs }) => needs.some(may));

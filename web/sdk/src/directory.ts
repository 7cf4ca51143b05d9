/* The lists of the directory, and what each event makes of them. */

import type { ListKind } from "./live-list";
import type { Account, Invite, Role, RoutingSettings, ServerEvent, Team } from "./types";

/* What one type of event changes; false if that can't be told without asking. */
type Change<Item> = (items: Map<string, Item>, data: never, event: ServerEvent) => boolean;

function kind<Item extends { id: string }>(
	method: string,
	changes: Readonly<Record<string, Change<Item>>>,
): ListKind<Item> {
	return {
		method,
		apply: (items, event) => changes[event.type]?.(items, event.data as never, event) ?? true,
	};
}

/** False if there is no such item: it has come into sight by something else than its making. */
function change<Item>(
	items: Map<string, Item>,
	id: string,
	to: (item: Item) => Partial<NoInfer<Item>>,
): boolean {
	const item = items.get(id);
	if (item === undefined) return false;
	items.set(id, { ...item, ...to(item) });
	return true;
}

function remove<Item>(items: Map<string, Item>, id: string): boolean {
	items.delete(id);
	return true;
}

const withOne = (ids: readonly string[], id: string) => (ids.includes(id) ? [...ids] : [...ids, id]);
const without = (ids: readonly string[], id: string) => ids.filter((one) => one !== id);

interface UserChange extends Partial<Omit<Account, "id">> {
	user: string;
}
interface Membership {
	user: string;
	team: string;
}

const changeUser = change<Account>;

export const userList = kind<Account>("user.list", {
	"user.created": (users, { user, ...data }: UserChange, { at }) => {
		const fresh = { name: "", email: "", phone: null, roles: [], teams: [], capacity: 0 };
		users.set(user, {
			...fresh,
			...data,
			id: user,
			state: "active",
			owner: false,
			created_at: at ?? "",
		});
		return true;
	},
	"user.updated": (users, { user, ...data }: UserChange) => changeUser(users, user, () => data),
	"user.deactivated": (users, { user }: UserChange) =>
		changeUser(users, user, () => ({ state: "deactivated" })),
	"user.reactivated": (users, { user }: UserChange) => changeUser(users, user, () => ({ state: "active" })),
	"user.removed": (users, { user }: UserChange) => remove(users, user),
	"role.assigned": (users, { user, roles }: { user: string; roles: string[] }) =>
		changeUser(users, user, () => ({ roles })),
	"team.member_added": (users, { user, team }: Membership) =>
		changeUser(users, user, ({ teams }) => ({ teams: withOne(teams, team) })),
	"team.member_removed": (users, { user, team }: Membership) =>
		changeUser(users, user, ({ teams }) => ({ teams: without(teams, team) })),
	"team.deleted": (users, { id }: { id: string }) => {
		for (const user of users.values())
			if (user.teams.includes(id)) users.set(user.id, { ...user, teams: without(user.teams, id) });
		return true;
	},
	"owner.transferred": (users, { from, to }: { from: string; to: string }) =>
		changeUser(users, to, () => ({ owner: true })) && changeUser(users, from, () => ({ owner: false })),
});

const changeTeam = change<Team>;

type TeamChange = Partial<Omit<Team, "settings">> & {
	id: string;
	/** Null: as at first. */
	settings?: RoutingSettings | null;
};

const settingsAtFirst: RoutingSettings = {
	offer_ms: 0,
	requeue_ms: null,
	overflow_ms: 0,
	overflow_nobody: false,
	overflow_team: null,
};

const routed = ({ settings, ...data }: Omit<TeamChange, "id">): Partial<Team> =>
	settings === undefined ? data : { ...data, settings: settings ?? settingsAtFirst };

export const teamList = kind<Team>("team.list", {
	"team.created": (teams, { id, ...data }: TeamChange) => {
		const fresh: Team = {
			id,
			name: id,
			lead: null,
			members: [],
			strategy: "manual",
			settings: settingsAtFirst,
		};
		teams.set(id, { ...fresh, ...routed(data) });
		return true;
	},
	"team.updated": (teams, { id, ...data }: TeamChange) => changeTeam(teams, id, () => routed(data)),
	"team.deleted": (teams, { id }: Team) => {
		for (const team of teams.values())
			if (team.settings?.overflow_team === id)
				teams.set(team.id, { ...team, settings: { ...team.settings, overflow_team: null } });
		return remove(teams, id);
	},
	"team.member_added": (teams, { user, team }: Membership) =>
		changeTeam(teams, team, ({ members }) => ({ members: withOne(members, user) })),
	"team.member_removed": (teams, { user, team }: Membership) =>
		changeTeam(teams, team, ({ members }) => ({ members: without(members, user) })),
	"user.removed": (teams, { user }: { user: string }) => {
		for (const team of teams.values()) {
			const lead = team.lead === user ? null : (team.lead ?? null);
			if (lead !== team.lead || team.members.includes(user))
				teams.set(team.id, { ...team, lead, members: without(team.members, user) });
		}
		return true;
	},
});

const changeRole = change<Role>;

export const roleList = kind<Role>("role.list", {
	"role.created": (roles, { id, ...data }: Partial<Role> & { id: string }) => {
		roles.set(id, { name: id, description: null, permissions: [], ...data, id });
		return true;
	},
	"role.updated": (roles, { id, ...data }: Partial<Role> & { id: string }) =>
		changeRole(roles, id, () => data),
	"role.deleted": (roles, { id }: Role) => remove(roles, id),
});

const changeInvite = change<Invite>;

export const inviteList = kind<Invite>("invite.list", {
	"invite.created": (invites, { id, ...data }: Partial<Invite> & { id: string }, { at }) => {
		const fresh = { email: "", name: null, roles: [], teams: [], expires_at: "", user: null };
		invites.set(id, { ...fresh, ...data, id, state: "pending", created_at: at ?? "" });
		return true;
	},
	"invite.resent": (invites, { id, expires_at }: Invite) =>
		changeInvite(invites, id, () => ({ expires_at, state: "pending" })),
	"invite.accepted": (invites, { id, user }: { id: string; user: string }) =>
		changeInvite(invites, id, () => ({ state: "accepted", user })),
	"invite.revoked": (invites, { id }: Invite) => changeInvite(invites, id, () => ({ state: "revoked" })),
	"invite.expired": (invites, { id }: Invite) => changeInvite(invites, id, () => ({ state: "expired" })),
});

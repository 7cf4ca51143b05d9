/*
 * The dashboard: taken whole once, and changed from then on by differences, each from one version to the next. At a gap
 * it is taken anew, never a mixture of two.
 */

import type { MusterClient } from "./client";
import type { Dashboard, DashboardDelta } from "./types";

/** What a difference leads to; null: it is not from what is held. */
export function dashboardAfter(held: Dashboard, delta: DashboardDelta): Dashboard | null {
	if (delta.version === held.version) return held;
	if (delta.from !== held.version) return null;
	const { version, all = held.all, no_team = held.no_team, teams: fresh = [], gone = [] } = delta;
	const kept = held.teams.filter(({ team }) => !gone.includes(team ?? ""));
	const teams = [
		...kept.map((tile) => fresh.find(({ team }) => team === tile.team) ?? tile),
		...fresh.filter((tile) => kept.every(({ team }) => team !== tile.team)),
	];
	return { version, all, no_team, teams };
}

/** Follows the dashboard until the function that is answered is called. What can't be had stays as it was. */
export function watchDashboard(client: MusterClient, changed: (dashboard: Dashboard) => void): () => void {
	let held: Dashboard | null = null;
	let turn = 0;
	const take = (dashboard: Dashboard | null) => {
		const known = held;
		held = dashboard;
		if (held && held !== known) changed(held);
	};
	const load = async () => {
		const own = ++turn;
		held = null;
		const fresh = await client.call("dashboard.get", {}).catch(() => null);
		if (own === turn && fresh) take(fresh);
	};
	const ends = [
		client.on("dashboard.delta", ({ data }) => {
			if (!held) return;
			take(dashboardAfter(held, data));
			if (!held) void load();
		}),
		client.on("session.skipped", () => void load()),
		client.on("connection", ({ phase }) => {
			if (phase === "live") void load();
		}),
	];
	if (client.connection.phase === "live") void load();
	return () => {
		turn++;
		for (const end of ends) end();
	};
}

/* The statuses that a person can have here: the four base ones, then those of the workspace. */

import type { BaseStatus, Presence, StatusOption } from "muster";

export const BASES: readonly BaseStatus[] = ["available", "busy", "away", "offline"];

const baseLabels: Readonly<Record<BaseStatus, string>> = {
	available: "Available",
	busy: "Busy",
	away: "Away",
	offline: "Offline",
};

const fallback: readonly StatusOption[] = (["available", "away", "busy", "offline"] as const).map((id) => ({
	id,
	label: baseLabels[id],
	base: id,
	accepting: id === "available",
}));

export const baseLabel = (base: BaseStatus): string => baseLabels[base];

export const isBase = (id: string): id is BaseStatus => id in baseLabels;

export function statusOptions(told: readonly StatusOption[] | undefined): readonly StatusOption[] {
	return told && told.length > 0 ? told : fallback;
}

/**
 * What to call a person's status. One that was deleted meanwhile goes by its base, and who only appears to be offline
 * is simply offline.
 */
export function statusLabel(presence: Presence, options: readonly StatusOption[]): string {
	const option = isBase(presence.status) ? undefined : options.find(({ id }) => id === presence.status);
	return option?.label ?? baseLabel(presence.base);
}

/** What to call it where it is chosen. */
export const choiceLabel = ({ id, label }: StatusOption): string =>
	id === "offline" ? "Appear offline" : label;

const causes: Readonly<Record<string, string>> = {
	idle: "idle",
	supervisor: "set by a supervisor",
	schedule: "outside business hours",
};

/** Why somebody has the status they have, where they did not choose it themselves. */
export const causeText = (cause: string): string | null => causes[cause] ?? null;

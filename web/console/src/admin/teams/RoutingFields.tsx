/* How a team's conversations are handed out. */

import type { RoutingSettings, Strategy, Team } from "muster";
import { byName } from "../../lib/text";
import { Field } from "../../ui/Field";
import { Select } from "../../ui/Select";

interface Props {
	team?: Team;
	teams: readonly Team[];
	errors: Readonly<Record<string, string>>;
}

const strategies: ReadonlyArray<{ id: Strategy; name: string }> = [
	{ id: "manual", name: "By hand: people take them, or are given them" },
	{ id: "round_robin", name: "Round robin: to who got one longest ago" },
	{ id: "load_balanced", name: "By load: to who has most room" },
];

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** A number of units as a form shows it; empty for "never". */
const shown = (ms: number | null | undefined, unitMs: number): string => (ms ? String(ms / unitMs) : "");

export function RoutingFields({ team, teams, errors }: Props) {
	const { strategy = "manual", settings } = team ?? {};
	return (
		<fieldset className="form routing">
			<legend className="panel-title">Conversations</legend>
			<Select
				name="strategy"
				label="Handed out"
				testId="team-strategy"
				options={strategies}
				defaultValue={strategy}
				error={errors.strategy}
			/>
			<div className="form-pair">
				<Field
					name="settings.offer_ms"
					label="Seconds to accept"
					type="number"
					testId="team-offer"
					hint="Empty: given without asking."
					defaultValue={shown(settings?.offer_ms, SECOND_MS)}
					error={errors["settings.offer_ms"]}
				/>
				<Field
					name="settings.requeue_ms"
					label="Minutes kept by who goes away"
					type="number"
					testId="team-requeue"
					hint="Then back into the queue. Empty: they keep it."
					defaultValue={shown(settings?.requeue_ms, MINUTE_MS)}
					error={errors["settings.requeue_ms"]}
				/>
				<Field
					name="settings.overflow_ms"
					label="Minutes to wait at most"
					type="number"
					testId="team-overflow"
					hint="Then on to another team. Empty: no limit."
					defaultValue={shown(settings?.overflow_ms, MINUTE_MS)}
					error={errors["settings.overflow_ms"]}
				/>
				<Select
					name="settings.overflow_team"
					label="On to"
					testId="team-overflow-team"
					options={teams.filter(({ id }) => id !== team?.id).sort(byName)}
					none="Only tell supervisors"
					defaultValue={settings?.overflow_team ?? ""}
					error={errors["settings.overflow_team"]}
				/>
			</div>
			<label className="check">
				<input
					type="checkbox"
					name="settings.overflow_nobody"
					data-testid="team-overflow-nobody"
					defaultChecked={settings?.overflow_nobody ?? false}
				/>
				At once when nobody of the team is there
			</label>
		</fieldset>
	);
}

/** What a form with these fields holds. */
export function routingFields(data: FormData): { strategy: Strategy; settings: RoutingSettings } {
	const ms = (name: string, unitMs: number) => {
		const text = String(data.get(`settings.${name}`) ?? "").trim();
		return text === "" ? null : Math.round(Number(text) * unitMs);
	};
	return {
		strategy: String(data.get("strategy")) as Strategy,
		settings: {
			offer_ms: ms("offer_ms", SECOND_MS) ?? 0,
			requeue_ms: ms("requeue_ms", MINUTE_MS),
			overflow_ms: ms("overflow_ms", MINUTE_MS) ?? 0,
			overflow_nobody: data.get("settings.overflow_nobody") !== null,
			overflow_team: String(data.get("settings.overflow_team") ?? "") || null,
		},
	};
}

const same = (a: RoutingSettings, b: RoutingSettings): boolean =>
	(Object.keys(a) as Array<keyof RoutingSettings>).every((name) => a[name] === b[name]);

/** What of it is another than the team has; the settings only as a whole. */
export function changedRouting(
	{ strategy, settings }: Team,
	given: ReturnType<typeof routingFields>,
): Partial<ReturnType<typeof routingFields>> {
	return {
		...(given.strategy !== strategy && { strategy: given.strategy }),
		...(!(settings && same(given.settings, settings)) && { settings: given.settings }),
	};
}

/* Until when a conversation rests: for a while, until tomorrow, or until a moment of one's own. */

import { useMuster } from "muster/react";
import { type FormEvent, useEffect, useId, useRef } from "react";

const HOUR_MS = 3_600_000;

const choices: ReadonlyArray<{ id: string; label: string; until(now: Date): Date }> = [
	{ id: "1h", label: "1 hour", until: (now) => new Date(now.getTime() + HOUR_MS) },
	{ id: "4h", label: "4 hours", until: (now) => new Date(now.getTime() + 4 * HOUR_MS) },
	{
		id: "tomorrow",
		label: "Tomorrow, 09:00",
		until: (now) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 9),
	},
];

interface Props {
	busy: boolean;
	onSnooze(until: Date): void;
}

export function SnoozeForm({ busy, onSnooze }: Props) {
	const client = useMuster();
	const id = useId();
	const form = useRef<HTMLFormElement>(null);
	useEffect(() => form.current?.querySelector("button")?.focus(), []);

	const onSubmit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const at = new Date(String(new FormData(event.currentTarget).get("until")));
		if (!Number.isNaN(at.getTime())) onSnooze(at);
	};
	return (
		<form ref={form} className="snooze" onSubmit={onSubmit}>
			<fieldset className="snooze-choices">
				<legend className="panel-title">Snooze for</legend>
				{choices.map((choice) => (
					<button
						key={choice.id}
						type="button"
						className="button"
						data-testid={`snooze-${choice.id}`}
						disabled={busy}
						onClick={() => onSnooze(choice.until(new Date(client.now())))}
					>
						{choice.label}
					</button>
				))}
			</fieldset>
			<div className="note-row">
				<label className="visually-hidden" htmlFor={id}>
					Until
				</label>
				<input
					id={id}
					className="input"
					type="datetime-local"
					name="until"
					data-testid="snooze-until"
					required
				/>
				<button type="submit" className="button" data-testid="snooze-set" disabled={busy}>
					Set
				</button>
			</div>
		</form>
	);
}

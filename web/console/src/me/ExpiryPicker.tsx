/* When the status ends by itself: in a while, or at a time of day. */

import { useMuster } from "muster/react";
import { type FormEvent, useId } from "react";
import { useNow } from "../lib/clock";
import { clockTime, nextAt, remaining } from "../lib/duration";

const choices: ReadonlyArray<{ minutes: number; label: string }> = [
	{ minutes: 15, label: "15 min" },
	{ minutes: 30, label: "30 min" },
	{ minutes: 60, label: "1 hour" },
];

interface Props {
	until: string | null;
	onPick(until: Date | null): void;
}

export function ExpiryPicker({ until, onPick }: Props) {
	const client = useMuster();
	const id = useId();

	const onTime = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const at = nextAt(String(new FormData(event.currentTarget).get("time") ?? ""), new Date(client.now()));
		if (at) onPick(at);
	};

	return (
		<fieldset className="expiry">
			<legend className="panel-title">Back again</legend>
			<div className="expiry-row">
				{choices.map(({ minutes, label }) => (
					<button
						key={minutes}
						type="button"
						className="button"
						data-testid={`expiry-${minutes}`}
						onClick={() => onPick(new Date(client.now() + minutes * 60_000))}
					>
						in {label}
					</button>
				))}
				<form className="expiry-time" onSubmit={onTime}>
					<label htmlFor={id}>at</label>
					<input id={id} className="input" type="time" name="time" data-testid="expiry-time" required />
					<button type="submit" className="button" data-testid="expiry-time-set">
						Set
					</button>
				</form>
			</div>
			<p className="expiry-now">
				{until ? <Until at={until} onClear={() => onPick(null)} /> : "Until you change it yourself."}
			</p>
		</fieldset>
	);
}

function Until({ at, onClear }: { at: string; onClear(): void }) {
	const client = useMuster();
	useNow();
	const now = client.now();
	const end = new Date(at);
	return (
		<>
			<strong data-testid="expiry-current">{clockTime(end, new Date(now))}</strong>, in{" "}
			{remaining(end.getTime() - now)}{" "}
			<button type="button" className="button-link" data-testid="expiry-clear" onClick={onClear}>
				No end
			</button>
		</>
	);
}

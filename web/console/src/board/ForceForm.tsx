import type { Presence, StatusOption } from "muster";
import { useMuster } from "muster/react";
import { type FormEvent, useId, useState } from "react";
import { choiceLabel } from "../lib/statuses";
import { StatusGlyph } from "../ui/StatusGlyph";
import { useAction } from "../ui/useAction";

interface Props {
	person: Presence;
	options: readonly StatusOption[];
	onDone(): void;
}

/** Sets another person's status; the reason is told to them. */
export function ForceForm({ person, options, onDone }: Props) {
	const client = useMuster();
	const id = useId();
	const [status, setStatus] = useState<string | null>(null);
	const [reason, setReason] = useState("");
	const { busy, error, run } = useAction();
	const ready = status !== null && reason.trim() !== "";

	const submit = async (event: FormEvent) => {
		event.preventDefault();
		if (status === null) return;
		const params = { user: person.user, status, reason: reason.trim() };
		if (await run(() => client.call("presence.force", params, { idempotent: true }))) onDone();
	};

	return (
		<form className="force" onSubmit={submit}>
			<fieldset className="force-options">
				<legend className="panel-title">Set their status</legend>
				{options.map((option) => (
					<label key={option.id} className="chip" data-base={option.base}>
						<input
							type="radio"
							name={`${id}-status`}
							value={option.id}
							data-testid={`force-status-${option.id}`}
							checked={status === option.id}
							onChange={() => setStatus(option.id)}
						/>
						<StatusGlyph base={option.base} />
						{choiceLabel(option)}
					</label>
				))}
			</fieldset>
			<label className="panel-title" htmlFor={`${id}-reason`}>
				Reason, told to {person.name}
			</label>
			<div className="note-row">
				<input
					id={`${id}-reason`}
					className="input"
					data-testid="force-reason"
					value={reason}
					maxLength={140}
					autoComplete="off"
					onChange={(event) => setReason(event.target.value)}
				/>
				<button
					type="submit"
					className="button button-main"
					data-testid="force-submit"
					disabled={!ready || busy}
				>
					Set
				</button>
			</div>
			{error && (
				<p className="form-error" role="alert">
					{error}
				</p>
			)}
		</form>
	);
}

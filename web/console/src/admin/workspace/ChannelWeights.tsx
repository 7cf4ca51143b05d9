/* How much of a person's limit a conversation takes, by the channel that it came in. */

import type { Channel } from "muster";
import { useMuster } from "muster/react";
import { useState } from "react";
import { Field } from "../../ui/Field";
import { useForm } from "../../ui/useForm";
import { FormEnd } from "../FormEnd";
import "./workspace.css";

interface Row extends Partial<Channel> {
	key: number;
}

interface Props {
	channels: readonly Channel[];
	/** The hub has taken what was given (true), or is asked to (false). */
	onSaved(saved: boolean): void;
}

export function ChannelWeights({ channels, onSaved }: Props) {
	const client = useMuster();
	const [rows, setRows] = useState<readonly Row[]>(() => channels.map((one, key) => ({ ...one, key })));
	const form = useForm(async (data) => {
		onSaved(false);
		const given = rows.map((_, i) => ({
			id: String(data.get(`channels.${i}.id`)).trim(),
			weight: Number(data.get(`channels.${i}.weight`)),
		}));
		await client.call("workspace.update", { channels: given });
		onSaved(true);
	});
	const add = () => setRows([...rows, { key: Math.max(-1, ...rows.map(({ key }) => key)) + 1 }]);

	return (
		<section className="panel workspace-panel" aria-label="Channels">
			<h2 className="panel-title">Channels</h2>
			<form className="form" onSubmit={form.onSubmit} noValidate>
				<p>
					A conversation takes one place of what a person may have at once. Here is what those of a channel
					take instead; 0: none.
				</p>
				{rows.map(({ key, id, weight }, i) => (
					<div key={key} className="channel-row" data-testid={`channel-${i}`}>
						<Field
							name={`channels.${i}.id`}
							label="Channel"
							testId={`channel-id-${i}`}
							autoComplete="off"
							required
							maxLength={64}
							defaultValue={id}
							error={form.fields[`channels.${i}.id`]}
						/>
						<Field
							name={`channels.${i}.weight`}
							label="Places"
							type="number"
							testId={`channel-weight-${i}`}
							required
							defaultValue={weight === undefined ? undefined : String(weight)}
							error={form.fields[`channels.${i}.weight`]}
						/>
						<button
							type="button"
							className="button button-small"
							data-testid={`channel-remove-${i}`}
							aria-label={`Remove ${id ?? "this channel"}`}
							onClick={() => setRows(rows.filter((row) => row.key !== key))}
						>
							Remove
						</button>
					</div>
				))}
				<button type="button" className="button" data-testid="channel-add" onClick={add}>
					Add a channel
				</button>
				<FormEnd form={form} label="Save" testId="channels-save" />
			</form>
		</section>
	);
}

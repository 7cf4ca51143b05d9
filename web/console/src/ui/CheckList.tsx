/* Some of several: a check box for each. */

import { useId } from "react";
import { FieldError } from "./Field";
import type { Option } from "./Select";

interface Props {
	name: string;
	label: string;
	options: readonly Option[];
	chosen?: readonly string[];
	/** Shown, but not to be changed here. */
	fixed?: (id: string) => boolean;
	empty: string;
	error?: string | undefined;
}

export function CheckList({ name, label, options, chosen = [], fixed, empty, error }: Props) {
	const id = useId();
	return (
		<fieldset className="field" aria-describedby={error ? `${id}-error` : undefined}>
			<legend className="field-legend">{label}</legend>
			<div className="checks">
				{options.map((option) => (
					<label key={option.id} className="check">
						<input
							type="checkbox"
							name={name}
							value={option.id}
							data-testid={`${name}-${option.id}`}
							defaultChecked={chosen.includes(option.id)}
							disabled={fixed?.(option.id)}
							aria-invalid={error ? true : undefined}
						/>
						{option.name}
					</label>
				))}
				{options.length === 0 && <span className="empty">{empty}</span>}
			</div>
			<FieldError id={`${id}-error`} text={error} />
		</fieldset>
	);
}

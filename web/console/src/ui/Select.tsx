import { useId } from "react";
import { FieldError } from "./Field";

export interface Option {
	id: string;
	name: string;
}

interface Props {
	name: string;
	label: string;
	testId: string;
	options: readonly Option[];
	/** What choosing none of them is called; without it one of them must be chosen. */
	none?: string;
	defaultValue?: string;
	required?: boolean;
	error?: string | undefined;
}

export function Select({ name, label, testId, options, none, defaultValue, required, error }: Props) {
	const id = useId();
	return (
		<div className="field">
			<label htmlFor={id}>{label}</label>
			<select
				id={id}
				className="input"
				name={name}
				data-testid={testId}
				defaultValue={defaultValue ?? ""}
				required={required}
				aria-invalid={error ? true : undefined}
				aria-describedby={error ? `${id}-error` : undefined}
			>
				{none !== undefined && <option value="">{none}</option>}
				{options.map((option) => (
					<option key={option.id} value={option.id}>
						{option.name}
					</option>
				))}
			</select>
			<FieldError id={`${id}-error`} text={error} />
		</div>
	);
}

/* What narrows a list down: a search and choices, each with its label. */

import { useId } from "react";
import type { Option } from "./Select";
import "./tools.css";

interface InputProps {
	label: string;
	testId: string;
	value: string;
	onChange(value: string): void;
}

export function SearchTool({ label, testId, value, onChange }: InputProps) {
	const id = useId();
	return (
		<div className="tool tool-wide">
			<label className="visually-hidden" htmlFor={id}>
				{label}
			</label>
			<input
				id={id}
				className="input"
				type="search"
				data-testid={testId}
				placeholder={label}
				value={value}
				onChange={(event) => onChange(event.target.value)}
			/>
		</div>
	);
}

interface InputToolProps extends InputProps {
	type?: "text" | "datetime-local";
	placeholder?: string;
}

export function InputTool({ label, testId, onChange, ...rest }: InputToolProps) {
	const id = useId();
	return (
		<div className="tool">
			<label htmlFor={id}>{label}</label>
			<input
				id={id}
				className="input"
				data-testid={testId}
				onChange={(event) => onChange(event.target.value)}
				{...rest}
			/>
		</div>
	);
}

interface SelectProps<Id extends string> {
	label: string;
	testId: string;
	options: ReadonlyArray<Option & { id: Id }>;
	/** What choosing none of them is called; its value is empty. */
	none?: string;
	value: Id | "";
	onChange(value: Id | ""): void;
}

/** Not there while there is nothing to choose from. */
export function SelectTool<Id extends string>(props: SelectProps<Id>) {
	const { label, testId, options, none, value, onChange } = props;
	const id = useId();
	if (options.length === 0) return null;
	return (
		<div className="tool">
			<label htmlFor={id}>{label}</label>
			<select
				id={id}
				className="input"
				data-testid={testId}
				value={value}
				onChange={(event) => onChange(event.target.value as Id | "")}
			>
				{none !== undefined && <option value="">{none}</option>}
				{options.map((option) => (
					<option key={option.id} value={option.id}>
						{option.name}
					</option>
				))}
			</select>
		</div>
	);
}

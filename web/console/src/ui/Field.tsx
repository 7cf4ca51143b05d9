import { useId } from "react";

interface Props {
	name: string;
	label: string;
	testId: string;
	type?: "text" | "email" | "password";
	autoComplete?: string;
	defaultValue?: string;
	readOnly?: boolean;
	error?: string | undefined;
}

export function Field({
	name,
	label,
	testId,
	type = "text",
	autoComplete,
	defaultValue,
	readOnly,
	error,
}: Props) {
	const id = useId();
	return (
		<div className="field">
			<label htmlFor={id}>{label}</label>
			<input
				id={id}
				className="input"
				name={name}
				type={type}
				autoComplete={autoComplete}
				autoCapitalize="none"
				spellCheck={false}
				defaultValue={defaultValue}
				readOnly={readOnly}
				data-testid={testId}
				aria-invalid={error ? true : undefined}
				aria-describedby={error ? `${id}-error` : undefined}
			/>
			{error && (
				<p className="field-error" id={`${id}-error`}>
					{error}
				</p>
			)}
		</div>
	);
}

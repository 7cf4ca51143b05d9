import { useId } from "react";

interface Props {
	name: string;
	label: string;
	testId: string;
	type?: "text" | "email" | "password" | "tel" | "number" | "datetime-local";
	autoComplete?: string;
	defaultValue?: string | undefined;
	/** What one should know before filling it in. */
	hint?: string | undefined;
	required?: boolean;
	readOnly?: boolean;
	maxLength?: number;
	error?: string | undefined;
}

export function Field({ name, label, testId, type = "text", hint, error, ...rest }: Props) {
	const id = useId();
	const about = error ? `${id}-error` : hint && `${id}-hint`;
	return (
		<div className="field">
			<label htmlFor={id}>{label}</label>
			<input
				id={id}
				className="input"
				name={name}
				type={type}
				autoCapitalize="none"
				spellCheck={false}
				data-testid={testId}
				aria-invalid={error ? true : undefined}
				aria-describedby={about}
				{...rest}
			/>
			{hint && !error && (
				<p className="field-hint" id={`${id}-hint`}>
					{hint}
				</p>
			)}
			<FieldError id={`${id}-error`} text={error} />
		</div>
	);
}

export function FieldError({ id, text }: { id: string; text: string | undefined }) {
	if (!text) return null;
	return (
		<p className="field-error" id={id} role="alert">
			{text}
		</p>
	);
}

/* Asks for a code, and does what it is for. */

import { CodeField } from "../ui/CodeField";
import { filled, useForm } from "../ui/useForm";

interface Props {
	label: string;
	/** What the button says. */
	action: string;
	testId: string;
	onCode(code: string): Promise<unknown>;
}

export function CodeForm({ label, action, testId, onCode }: Props) {
	const form = useForm((data) => onCode(filled(data).code ?? ""));
	return (
		<form className="security-form" onSubmit={form.onSubmit} noValidate>
			<CodeField label={label} testId={`${testId}-code`} error={form.fields.code} />
			{form.error && (
				<p className="form-error" role="alert">
					{form.error}
				</p>
			)}
			<button
				type="submit"
				className="button button-main"
				data-testid={`${testId}-submit`}
				disabled={form.busy}
			>
				{action}
			</button>
		</form>
	);
}

import type { Form } from "../ui/useForm";

interface Props {
	form: Form;
	label: string;
	testId: string;
}

/** The end of each form: what is wrong with the whole of it, and the button. */
export function FormEnd({ form, label, testId }: Props) {
	return (
		<>
			{form.error && (
				<p className="form-error" role="alert" data-testid={`${testId}-error`}>
					{form.error}
				</p>
			)}
			<button type="submit" className="button button-main" data-testid={testId} disabled={form.busy}>
				{label}
			</button>
		</>
	);
}

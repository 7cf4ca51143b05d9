import { login } from "muster";
import { type FormEvent, useState } from "react";
import { keepAuth, lastWorkspace } from "../lib/auth";
import { asksForCode, formFault, signInErrorText } from "../lib/messages";
import { CodeField } from "../ui/CodeField";
import { Field } from "../ui/Field";

type Fields = Readonly<Record<string, string>>;

const required = (values: Record<string, string>): Fields =>
	Object.fromEntries(
		Object.entries(values)
			.filter(([, value]) => value === "")
			.map(([name]) => [name, "Please fill this in."]),
	);

export function SignInForm() {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<string | null>(null);
	const [fields, setFields] = useState<Fields>({});
	/* Asked for once the hub has said that it needs one. */
	const [codeAsked, setCodeAsked] = useState(false);

	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const data = new FormData(event.currentTarget);
		const value = (name: string) => String(data.get(name) ?? "");
		const workspace = value("workspace").trim();
		const email = value("email").trim();
		const password = value("password");
		const code = value("code").trim();
		const missing = required({ workspace, email, password, ...(codeAsked && { code }) });
		setFields(missing);
		setError(null);
		if (Object.keys(missing).length > 0) return;
		setBusy(true);
		try {
			const { token } = await login(location.origin, { workspace, email, password, ...(code && { code }) });
			keepAuth({ token, workspace });
		} catch (caught) {
			setFields(formFault(caught, () => true).fields);
			setError(signInErrorText(caught));
			if (asksForCode(caught)) setCodeAsked(true);
			setBusy(false);
		}
	};

	return (
		<form className="signin-form" onSubmit={submit} noValidate>
			<Field
				name="workspace"
				label="Workspace"
				testId="login-workspace"
				autoComplete="organization"
				defaultValue={lastWorkspace()}
				error={fields.workspace}
			/>
			<Field
				name="email"
				label="Email"
				type="email"
				testId="login-email"
				autoComplete="username"
				error={fields.email}
			/>
			<Field
				name="password"
				label="Password"
				type="password"
				testId="login-password"
				autoComplete="current-password"
				error={fields.password}
			/>
			{codeAsked && (
				<CodeField label="Code from your app, or a recovery code" testId="login-code" error={fields.code} />
			)}
			{error && (
				<p className="form-error" role="alert" data-testid="login-error">
					{error}
				</p>
			)}
			<button
				type="submit"
				className="button button-main button-wide"
				data-testid="login-submit"
				disabled={busy}
			>
				{busy ? "Signing in…" : "Sign in"}
			</button>
		</form>
	);
}

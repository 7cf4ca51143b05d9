import { acceptInvite, type Invitation, type InviteLink } from "muster";
import { type FormEvent, useState } from "react";
import { keepAuth } from "../lib/auth";
import { formFault, inviteErrorText } from "../lib/messages";
import { leaveInvite } from "../lib/useInviteLink";
import { Field } from "../ui/Field";

type Fields = Readonly<Record<string, string>>;

function wrong(name: string, password: string, again: string): Fields {
	return {
		...(name === "" && { name: "Please fill this in." }),
		...(password === "" && { password: "Please fill this in." }),
		...(password !== again && { again: "The two passwords differ." }),
	};
}

export function AcceptForm({ link, invitation }: { link: InviteLink; invitation: Invitation }) {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<string | null>(null);
	const [fields, setFields] = useState<Fields>({});

	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const data = new FormData(event.currentTarget);
		const value = (name: string) => String(data.get(name) ?? "");
		const name = value("name").trim();
		const password = value("password");
		const found = wrong(name, password, value("again"));
		setFields(found);
		setError(null);
		if (Object.keys(found).length > 0) return;
		setBusy(true);
		try {
			const { token } = await acceptInvite(location.origin, { ...link, name, password });
			keepAuth({ token, workspace: link.workspace });
			leaveInvite();
		} catch (caught) {
			const fault = formFault(caught, (field) => field === "name" || field === "password");
			setFields(fault.fields);
			setError(Object.keys(fault.fields).length > 0 ? fault.error : inviteErrorText(caught));
			setBusy(false);
		}
	};

	return (
		<form className="signin-form" onSubmit={submit} noValidate>
			<Field
				name="email"
				label="Email"
				type="email"
				testId="invite-email"
				autoComplete="username"
				defaultValue={invitation.email}
				readOnly
			/>
			<Field
				name="name"
				label="Your name"
				testId="invite-name"
				autoComplete="name"
				defaultValue={invitation.name ?? ""}
				error={fields.name}
			/>
			<Field
				name="password"
				label="Password"
				type="password"
				testId="invite-password"
				autoComplete="new-password"
				error={fields.password}
			/>
			<Field
				name="again"
				label="Password again"
				type="password"
				testId="invite-again"
				autoComplete="new-password"
				error={fields.again}
			/>
			{error && (
				<p className="form-error" role="alert" data-testid="invite-error">
					{error}
				</p>
			)}
			<button
				type="submit"
				className="button button-main button-wide"
				data-testid="invite-submit"
				disabled={busy}
			>
				{busy ? "Signing in…" : "Accept and sign in"}
			</button>
		</form>
	);
}

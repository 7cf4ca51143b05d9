import { userList } from "muster";
import { type Me, useLiveList, useMuster } from "muster/react";
import { useState } from "react";
import { byName } from "../../lib/text";
import { Select } from "../../ui/Select";
import { useForm } from "../../ui/useForm";
import { FormEnd } from "../FormEnd";

/** Takes away the second factor of somebody who has lost it. */
export function ResetFactor({ me }: { me: Me }) {
	const client = useMuster();
	const users = useLiveList(userList).items ?? [];
	const [done, setDone] = useState<string | null>(null);
	const others = users.filter(({ id }) => id !== me.session.user.id).sort(byName);
	const form = useForm(async (data) => {
		const user = String(data.get("user"));
		setDone(null);
		await client.call("totp.reset", { user });
		setDone(users.find(({ id }) => id === user)?.name ?? user);
	});

	return (
		<section className="panel security-panel" aria-label="Lost second factor">
			<h2 className="panel-title">Somebody has lost their second factor?</h2>
			<form className="form" onSubmit={form.onSubmit} noValidate>
				<p>It is taken away, so that they can sign in with their password and set up a new one.</p>
				<Select
					name="user"
					label="Person"
					testId="reset-user"
					options={others}
					none="Choose…"
					required
					error={form.fields.user}
				/>
				<FormEnd form={form} label="Reset" testId="reset-factor" />
			</form>
			{done && <p role="status">{done} has no second factor any more.</p>}
		</section>
	);
}

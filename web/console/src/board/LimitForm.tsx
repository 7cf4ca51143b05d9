/* How much a person may have at once. */

import type { Presence } from "muster";
import { useMuster } from "muster/react";
import { FormEnd } from "../admin/FormEnd";
import { Field } from "../ui/Field";
import { useForm } from "../ui/useForm";

export function LimitForm({ person, onDone }: { person: Presence; onDone(): void }) {
	const client = useMuster();
	const form = useForm(async (data) => {
		await client.call("capacity.set", { user: person.user, capacity: Number(data.get("capacity")) });
		onDone();
	});
	return (
		<form className="limit-form" onSubmit={form.onSubmit} noValidate>
			<Field
				name="capacity"
				label="Conversations at a time"
				type="number"
				testId="limit-capacity"
				required
				defaultValue={person.capacity === undefined ? undefined : String(person.capacity)}
				error={form.fields.capacity}
			/>
			<FormEnd form={form} label="Set" testId="limit-set" />
		</form>
	);
}

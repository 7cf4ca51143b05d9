/* Sends a small form, and keeps what the hub says of its fields. */

import { MusterError } from "muster";
import { type FormEvent, useState } from "react";
import { errorText, formFault } from "../lib/messages";

type Fields = Readonly<Record<string, string>>;

export interface Form {
	busy: boolean;
	/** What is not about one field. */
	error: string | null;
	fields: Fields;
	/** Kind of the last refusal. */
	kind: string | null;
	submit(event: FormEvent<HTMLFormElement>): void;
}

/** `work` gets the values by the names of their inputs; those that are empty are left out. */
export function useForm(work: (values: Record<string, string>) => Promise<unknown>): Form {
	const [busy, setBusy] = useState(false);
	const [failure, setFailure] = useState<unknown>(null);
	const refused = failure instanceof MusterError ? failure : null;
	const fields = failure === null ? {} : formFault(failure, () => true).fields;

	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const entries = [...new FormData(event.currentTarget)].map(
			([name, value]) => [name, String(value).trim()] as const,
		);
		setBusy(true);
		setFailure(null);
		try {
			await work(Object.fromEntries(entries.filter(([, value]) => value !== "")));
		} catch (caught) {
			setFailure(caught);
		} finally {
			setBusy(false);
		}
	};
	const general = failure !== null && Object.keys(fields).length === 0;
	return { busy, error: general ? errorText(failure) : null, fields, kind: refused?.kind ?? null, submit };
}

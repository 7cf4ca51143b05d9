/* Sends what a form holds, one at a time, and tells at which field something is wrong. */

import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";
import { type FormFault, formFault } from "../lib/messages";

export interface Form extends FormFault {
	busy: boolean;
	onSubmit(event: FormEvent<HTMLFormElement>): void;
}

const FINE: FormFault = { fields: {}, error: null };

export function useForm(send: (data: FormData) => Promise<unknown>): Form {
	const [busy, setBusy] = useState(false);
	const [fault, setFault] = useState(FINE);
	const sending = useRef(false);
	const form = useRef<HTMLFormElement | null>(null);
	const latest = useRef(send);
	useEffect(() => {
		latest.current = send;
	});

	/* Where the first of what is wrong is to be mended. */
	useEffect(() => {
		if (Object.keys(fault.fields).length > 0)
			form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
	}, [fault]);

	const onSubmit = useCallback(async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		if (sending.current) return;
		const element = event.currentTarget;
		form.current = element;
		const fields = missing(element);
		setFault({ fields, error: null });
		if (Object.keys(fields).length > 0) return;
		sending.current = true;
		setBusy(true);
		try {
			await latest.current(new FormData(element));
		} catch (caught) {
			setFault(formFault(caught, (field) => element.elements.namedItem(field) !== null));
		} finally {
			sending.current = false;
			setBusy(false);
		}
	}, []);
	return { busy, ...fault, onSubmit };
}

/* In our own words rather than the browser's, which look and speak like none of the rest. */
function missing(form: HTMLFormElement): Record<string, string> {
	const inputs = [...form.elements].filter(
		(element) => element instanceof HTMLInputElement || element instanceof HTMLSelectElement,
	);
	const empty = inputs.filter(({ required, value }) => required && value.trim() === "");
	return Object.fromEntries(empty.map(({ name }) => [name, "Please fill this in."]));
}

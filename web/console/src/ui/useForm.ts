/* Sends what a form holds, one at a time, and tells at which field something is wrong. */

import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";
import { type FormFault, formFault } from "../lib/messages";

export interface Form extends FormFault {
	busy: boolean;
	/** What was last refused, as it came. */
	refusal: unknown;
	onSubmit(event: FormEvent<HTMLFormElement>): void;
}

const FINE: FormFault & { refusal: unknown } = { fields: {}, error: null, refusal: null };

/** What was filled in, by the names of the inputs. */
export function filled(data: FormData): Record<string, string> {
	const entries = [...data].map(([name, value]) => [name, String(value).trim()] as const);
	return Object.fromEntries(entries.filter(([, value]) => value !== ""));
}

/** `asksLater`: fields that the form has only once the hub asks for them. */
export function useForm(send: (data: FormData) => Promise<unknown>, asksLater: readonly string[] = []): Form {
	const [busy, setBusy] = useState(false);
	const [fault, setFault] = useState(FINE);
	const sending = useRef(false);
	const form = useRef<HTMLFormElement | null>(null);
	const latest = useRef(send);
	const later = useRef(asksLater);
	useEffect(() => {
		latest.current = send;
		later.current = asksLater;
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
		setFault({ ...FINE, fields });
		if (Object.keys(fields).length > 0) return;
		sending.current = true;
		setBusy(true);
		try {
			await latest.current(new FormData(element));
		} catch (caught) {
			const has = (field: string) => later.current.includes(field) || !!element.elements.namedItem(field);
			setFault({ ...formFault(caught, has), refusal: caught });
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

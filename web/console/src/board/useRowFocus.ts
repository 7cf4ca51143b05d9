/*
 * Keeps the focus on a person's button: a row that moves to another group is a new element, and a window that closes
 * may find that the one it was opened from is gone. Without this, who works by keyboard would start at the top again.
 */

import { type FocusEvent, useCallback, useLayoutEffect, useRef } from "react";

/** The button carries the person's id as data-act-on. */
export function useRowFocus() {
	const list = useRef<HTMLDivElement>(null);
	const wanted = useRef<string | null>(null);

	/* After each rendering: a focus that went with its element has fallen back to the body. */
	useLayoutEffect(() => {
		if (wanted.current === null || document.activeElement !== document.body) return;
		const buttons = list.current?.querySelectorAll<HTMLElement>("[data-act-on]") ?? [];
		[...buttons].find((button) => button.dataset.actOn === wanted.current)?.focus();
	});

	const onFocus = useCallback((event: FocusEvent<HTMLElement>) => {
		wanted.current = event.target.dataset.actOn ?? null;
	}, []);
	const onBlur = useCallback(() => {
		wanted.current = null;
	}, []);
	/** The next rendering puts the focus on that person's button, unless something else has it. */
	const returnTo = useCallback((user: string) => {
		wanted.current = user;
	}, []);
	return { list, onFocus, onBlur, returnTo };
}

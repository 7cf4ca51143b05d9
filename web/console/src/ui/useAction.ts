/* Runs what a button does: one at a time, and tells what went wrong. */

import { useCallback, useEffect, useRef, useState } from "react";
import { faultText } from "../lib/messages";

export interface Action {
	busy: boolean;
	error: string | null;
	/** Answers whether it worked. */
	run(work: () => Promise<unknown>): Promise<boolean>;
}

/** `textOf` makes what is told of what went wrong. */
export function useAction(textOf: (error: unknown) => string = faultText): Action {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<string | null>(null);
	const running = useRef(false);
	const latest = useRef(textOf);
	useEffect(() => {
		latest.current = textOf;
	});

	const run = useCallback(async (work: () => Promise<unknown>) => {
		if (running.current) return false;
		running.current = true;
		setBusy(true);
		setError(null);
		try {
			await work();
			return true;
		} catch (caught) {
			setError(latest.current(caught));
			return false;
		} finally {
			running.current = false;
			setBusy(false);
		}
	}, []);
	return { busy, error, run };
}

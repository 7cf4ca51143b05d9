/*
 * Whether somebody is at this page: active while there is input, idle after a while without, background
 * while the page is hidden. For browsers only; the one module that knows of a page.
 */

import type { MusterClient } from "./client";

const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"] as const;

export interface ActivityOptions {
	/** How long without input until the page counts as idle. */
	idleAfterMs?: number;
}

/** Reports this page's activity to the client until the function that it returns is called. */
export function trackActivity(client: MusterClient, options: ActivityOptions = {}): () => void {
	const idleAfterMs = options.idleAfterMs ?? 60_000;
	const listening = new AbortController();
	const { signal } = listening;
	let inputAt = Date.now();
	let timer: ReturnType<typeof setTimeout> | undefined;

	/* One timer that looks how long ago the last input was, not one per input. */
	const look = () => {
		clearTimeout(timer);
		if (document.hidden) {
			client.setActivity("background");
			return;
		}
		const quietMs = Date.now() - inputAt;
		client.setActivity(quietMs >= idleAfterMs ? "idle" : "active");
		if (quietMs < idleAfterMs) timer = setTimeout(look, idleAfterMs - quietMs);
	};
	const input = () => {
		const wasIdle = Date.now() - inputAt >= idleAfterMs;
		inputAt = Date.now();
		if (wasIdle) look();
	};
	const shown = () => {
		if (!document.hidden) {
			inputAt = Date.now();
			client.nudge();
		}
		look();
	};

	for (const type of INPUTS) window.addEventListener(type, input, { signal, passive: true, capture: true });
	document.addEventListener("visibilitychange", shown, { signal });
	window.addEventListener("pageshow", shown, { signal });
	window.addEventListener("online", () => client.nudge(), { signal });
	look();

	return () => {
		listening.abort();
		clearTimeout(timer);
	};
}

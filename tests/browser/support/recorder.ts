/* Runs inside the page before its own code: notes each status that it shows and when, and each click. */

export interface Seen {
	/** Date.now() of the page: all pages of a test are on one machine. */
	at: number;
	/** The data-testid of what shows it. */
	id: string;
	/** Null: was shown and is gone. */
	status: string | null;
}

export interface Records {
	seen: Seen[];
	clicks: number[];
}

declare global {
	interface Window {
		records: Records;
	}
}

export function record(): void {
	const records: Records = { seen: [], clicks: [] };
	const shown = new Map<string, string>();
	window.records = records;

	const note = (id: string, status: string | null) => {
		if (status === null) shown.delete(id);
		else shown.set(id, status);
		records.seen.push({ at: Date.now(), id, status });
	};
	const look = () => {
		const now = new Map<string, string>();
		for (const element of document.querySelectorAll<HTMLElement>("[data-testid][data-status]"))
			now.set(element.dataset.testid ?? "", element.dataset.status ?? "");
		for (const [id, status] of now) if (shown.get(id) !== status) note(id, status);
		for (const id of shown.keys()) if (!now.has(id)) note(id, null);
	};
	const observed = { subtree: true, childList: true, attributes: true, attributeFilter: ["data-status"] };
	new MutationObserver(look).observe(document, observed);
	document.addEventListener("click", () => records.clicks.push(Date.now()), { capture: true });
	/* The test fails on whatever the page reports. */
	document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
		reportError(new Error(`The content policy was violated: ${violatedDirective} ${blockedURI}`)),
	);
}

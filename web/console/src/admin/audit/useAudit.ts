/* The audit log page by page, newest first, with what is appended meanwhile on top. */

import type { AuditItem } from "muster";
import { useConnection, useMuster, useMusterEvent } from "muster/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { fits, merged } from "../../lib/audit";

export interface Audit {
	/** Null until the first page is there. */
	items: readonly AuditItem[] | null;
	error: unknown;
	/** Null when there is no more. */
	loadMore: (() => Promise<void>) | null;
}

interface Loaded {
	items: AuditItem[] | null;
	next: string | null;
	error: unknown;
}

const NONE: Loaded = { items: null, next: null, error: null };

/** `query` as lib/audit makes it; the same object while it is the same. */
export function useAudit(query: Readonly<Record<string, string>>): Audit {
	const client = useMuster();
	const live = useConnection().phase === "live";
	const [loaded, setLoaded] = useState(NONE);
	const turn = useRef(0);

	const load = useCallback(
		async (after: string | null) => {
			const mine = after === null ? ++turn.current : turn.current;
			const show = (to: (before: Loaded) => Loaded) => mine === turn.current && setLoaded(to);
			try {
				const page = await client.call("audit.list", { ...query, ...(after && { after }) });
				show(({ items }) => ({
					items: merged(after === null ? [] : (items ?? []), page.items),
					next: page.next,
					error: null,
				}));
			} catch (error) {
				show((before) => ({ ...before, error }));
			}
		},
		[client, query],
	);

	/* What is appended is told only to who is there: after each gap the log is taken anew. */
	useEffect(() => {
		if (live) void load(null);
	}, [live, load]);
	useMusterEvent("audit.appended", ({ data }) => {
		const { items: told, more } = data as { items: AuditItem[]; more?: boolean };
		if (more) void load(null);
		const fresh = told.filter((item) => fits(item, query));
		setLoaded((before) => (before.items ? { ...before, items: merged(before.items, fresh) } : before));
	});

	const { items, next, error } = loaded;
	return { items, error, loadMore: next === null ? null : () => load(next) };
}

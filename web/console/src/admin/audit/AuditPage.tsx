/* Who did what to whom, from where: live, and as far back as one likes. */

import { type Account, userList } from "muster";
import { type Me, useLiveList } from "muster/react";
import { useCallback, useMemo, useState } from "react";
import { auditKey, auditQuery, everything } from "../../lib/audit";
import { ListState } from "../../ui/ListState";
import { useAction } from "../../ui/useAction";
import { Heading } from "../Heading";
import { AuditExport } from "./AuditExport";
import { AuditRow } from "./AuditRow";
import { AuditTools } from "./AuditTools";
import { useAudit } from "./useAudit";
import "./audit.css";

const NOBODY: readonly Account[] = [];

export function AuditPage(_: { me: Me }) {
	const [filter, setFilter] = useState(everything);
	const query = useMemo(() => auditQuery(filter), [filter]);
	const { items, error, loadMore } = useAudit(query);
	const users = useLiveList(userList).items ?? NOBODY;
	const more = useAction();
	const names = useMemo(() => new Map(users.map(({ id, name }) => [id, name])), [users]);
	const nameOf = useCallback((user: string) => names.get(user) ?? user, [names]);

	return (
		<>
			<Heading title="Audit log">
				<AuditExport query={query} />
			</Heading>
			<AuditTools filter={filter} users={users} onChange={setFilter} />
			{items && items.length > 0 && (
				<ol className="items audit" data-testid="audit-items">
					{items.map((item) => (
						<AuditRow key={auditKey(item)} item={item} nameOf={nameOf} />
					))}
				</ol>
			)}
			<ListState shown={items?.length ?? null} error={error} empty="Nothing fits." />
			{loadMore && (
				<button
					type="button"
					className="button"
					data-testid="audit-more"
					disabled={more.busy}
					onClick={() => more.run(loadMore)}
				>
					Show older
				</button>
			)}
		</>
	);
}

import type { AuditItem } from "muster";
import { memo } from "react";
import { actionText, actorText, subjectText } from "../../lib/audit";

interface Props {
	item: AuditItem;
	nameOf(user: string): string;
}

export const AuditRow = memo(function AuditRow({ item, nameOf }: Props) {
	const { at, action, origin, before, after, erased } = item;
	const subject = subjectText(item, nameOf);
	const when = new Date(at);
	return (
		<li className="audit-row" data-testid="audit-item" data-action={action}>
			<details>
				<summary className="audit-line">
					<time className="audit-when" dateTime={at} title={at}>
						{when.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" })}
					</time>
					<span className="audit-what">
						<strong>{actionText(action)}</strong>
						{subject && ` · ${subject}`}
					</span>
					<span className="audit-who">
						{actorText(item, nameOf)}
						{origin?.address && ` · ${origin.address}`}
					</span>
				</summary>
				{erased && <p className="empty">Its content was erased.</p>}
				<dl className="facts audit-facts">
					<Fact name="Before" value={before} />
					<Fact name="After" value={after} />
					<Fact name="From" value={origin} />
				</dl>
			</details>
		</li>
	);
});

function Fact({ name, value }: { name: string; value: unknown }) {
	if (value === null) return null;
	return (
		<>
			<dt>{name}</dt>
			<dd>
				<pre className="audit-json">{JSON.stringify(value, null, 1)}</pre>
			</dd>
		</>
	);
}

import type { ReactNode } from "react";

interface Props {
	title: string;
	/** How many there are, once that is known. */
	count?: number | undefined;
	children?: ReactNode;
}

/** The top of a page, with what can be done there. */
export function Heading({ title, count, children }: Props) {
	return (
		<header className="admin-head">
			<h1 className="admin-title">
				{title} {count !== undefined && <span className="count">{count}</span>}
			</h1>
			<div className="admin-actions">{children}</div>
		</header>
	);
}

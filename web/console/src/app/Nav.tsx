import type { BaseStatus } from "muster";
import { useEffect, useRef } from "react";
import { type Route, routeHref } from "../lib/useRoute";
import { StatusGlyph } from "../ui/StatusGlyph";

export type Page = "me" | "conversations" | "queue" | "board" | "security" | "admin";

export interface PageLink {
	id: Page;
	label: string;
	to: Route;
}

interface Props {
	/** Those that there are for this person. */
	pages: readonly PageLink[];
	current: Page;
	/** One's own status, to be seen on every page. */
	own: BaseStatus | undefined;
}

export function Nav({ pages, current, own }: Props) {
	const here = useRef<HTMLAnchorElement>(null);
	/* On a phone they are a row that may be wider than the window. */
	// biome-ignore lint/correctness/useExhaustiveDependencies: the element is another one when the page is
	useEffect(() => {
		here.current?.scrollIntoView({ block: "nearest", inline: "center" });
	}, [current]);
	return (
		<nav className="nav" aria-label="Pages">
			{pages.map(({ id, label, to }) => (
				<a
					key={id}
					ref={id === current ? here : undefined}
					className="nav-link"
					href={routeHref(to)}
					data-testid={`nav-${id}`}
					aria-current={id === current ? "page" : undefined}
				>
					{id === "me" && own && <StatusGlyph base={own} />}
					{label}
				</a>
			))}
		</nav>
	);
}

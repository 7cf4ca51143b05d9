import type { BaseStatus } from "muster";
import { type Route, routeHref } from "../lib/useRoute";
import { StatusGlyph } from "../ui/StatusGlyph";

interface Props {
	/** Whether there is a board for this person. */
	board: boolean;
	current: Route;
	/** One's own status, to be seen on every page. */
	own: BaseStatus | undefined;
}

const pages: ReadonlyArray<{ route: Route; label: string }> = [
	{ route: "me", label: "My status" },
	{ route: "board", label: "Board" },
	{ route: "security", label: "Security" },
];

export function Nav({ board, current, own }: Props) {
	return (
		<nav className="nav" aria-label="Pages">
			{pages
				.filter(({ route }) => board || route !== "board")
				.map(({ route, label }) => (
					<a
						key={route}
						className="nav-link"
						href={routeHref(route)}
						data-testid={`nav-${route}`}
						aria-current={route === current ? "page" : undefined}
					>
						{route === "me" && own && <StatusGlyph base={own} />}
						{label}
					</a>
				))}
		</nav>
	);
}

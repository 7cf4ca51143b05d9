import { type Route, routeHref } from "../lib/useRoute";

interface Props {
	/** Whether there is a board for this person. */
	board: boolean;
	current: Route;
}

const pages: ReadonlyArray<{ route: Route; label: string }> = [
	{ route: "me", label: "My status" },
	{ route: "board", label: "Board" },
];

export function Nav({ board, current }: Props) {
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
						{label}
					</a>
				))}
		</nav>
	);
}

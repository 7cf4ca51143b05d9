import type { BaseStatus } from "muster";
import { type Route, routeHref } from "../lib/useRoute";
import { StatusGlyph } from "../ui/StatusGlyph";

export type Page = "me" | "board" | "security" | "admin";

interface Props {
	/** Whether there is a board for this person. */
	board: boolean;
	/** Where the pages for those who run the workspace begin, if there are any for this person. */
	admin: Route | undefined;
	current: Page;
	/** One's own status, to be seen on every page. */
	own: BaseStatus | undefined;
}

export function Nav({ board, admin, current, own }: Props) {
	const pages: ReadonlyArray<{ id: Page; label: string; to: Route | undefined }> = [
		{ id: "me", label: "My status", to: "me" },
		{ id: "board", label: "Board", to: board ? "board" : undefined },
		{ id: "security", label: "Security", to: "security" },
		{ id: "admin", label: "Admin", to: admin },
	];
	return (
		<nav className="nav" aria-label="Pages">
			{pages.map(
				({ id, label, to }) =>
					to && (
						<a
							key={id}
							className="nav-link"
							href={routeHref(to)}
							data-testid={`nav-${id}`}
							aria-current={id === current ? "page" : undefined}
						>
							{id === "me" && own && <StatusGlyph base={own} />}
							{label}
						</a>
					),
			)}
		</nav>
	);
}

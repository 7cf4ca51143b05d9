/* Says all the time that one looks through somebody else's eyes. */

import type { SessionInfo, ViewAs } from "muster";
import { useMuster } from "muster/react";
import { dropViewing } from "../lib/viewing";
import { useAction } from "../ui/useAction";

interface Props {
	session: SessionInfo;
	view: ViewAs;
}

export function ViewBanner({ session, view }: Props) {
	const client = useMuster();
	const { busy, run } = useAction();
	/* Also when the hub doesn't answer: it ends the view by itself in time. */
	const stop = () => run(() => client.call("view_as.stop", {}).finally(dropViewing));
	return (
		<div className="view-banner" role="status" data-testid="view-banner">
			<p>
				You see Muster as{" "}
				<strong>{view.role === undefined ? session.user.name : `the role ${session.user.name}`}</strong> does.
				You can look, but not change anything.
			</p>
			<button
				type="button"
				className="button button-small"
				data-testid="view-stop"
				disabled={busy}
				onClick={stop}
			>
				Stop viewing
			</button>
		</div>
	);
}

/* Whether what the page shows is live, and if not, why and until when. */

import type { ConnectionState as State } from "muster";
import { useConnection, useMuster } from "muster/react";
import { useNow } from "../lib/clock";
import { closeText } from "../lib/messages";

const names: Readonly<Record<State["phase"], string>> = {
	idle: "connecting",
	connecting: "connecting",
	live: "live",
	reconnecting: "reconnecting",
	closed: "closed",
};

export function ConnectionState() {
	const client = useMuster();
	const state = useConnection();
	const waits = state.phase === "reconnecting" && state.retryAt !== null;
	return (
		<div className="conn" role="status" data-testid="conn-state" data-state={names[state.phase]}>
			<span className="conn-lamp" aria-hidden="true" />
			<span className="conn-text" title={"reason" in state ? closeText(state.reason) : undefined}>
				<Text state={state} />
			</span>
			{(waits || state.phase === "closed") && (
				<button
					type="button"
					className="button-link"
					data-testid="conn-retry"
					onClick={() => client.connect()}
				>
					{waits ? "Try now" : "Connect"}
				</button>
			)}
		</div>
	);
}

function Text({ state }: { state: State }) {
	switch (state.phase) {
		case "live":
			return "Live";
		case "reconnecting":
			return state.retryAt === null ? "Reconnecting…" : <Countdown until={state.retryAt} />;
		case "closed":
			return closeText(state.reason);
		default:
			return "Connecting…";
	}
}

function Countdown({ until }: { until: number }) {
	const seconds = Math.ceil((until - useNow()) / 1_000);
	/* Hidden from screen readers, which would read out each second of it. */
	return (
		<>
			Reconnecting<span aria-hidden="true">{seconds > 0 ? ` in ${seconds} s` : "…"}</span>
		</>
	);
}

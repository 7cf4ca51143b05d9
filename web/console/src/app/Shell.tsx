/* The frame around the pages: who and where one is, the way to the pages, the state of the connection. */

import { useConnection, useMe } from "muster/react";
import { BoardPage } from "../board/BoardPage";
import { useRoute } from "../lib/useRoute";
import { MePage } from "../me/MePage";
import { Brand } from "../ui/Brand";
import { ConnectionState } from "./ConnectionState";
import { ForcedNotice } from "./ForcedNotice";
import { Nav } from "./Nav";
import "./shell.css";

interface Props {
	onSignOut(): void;
}

export function Shell({ onSignOut }: Props) {
	const me = useMe();
	const live = useConnection().phase === "live";
	const route = useRoute();
	const mayWatch = me?.may("presence.view:team") ?? false;
	const board = route === "board" && mayWatch;

	return (
		<div className="shell">
			<header className="shell-head">
				<Brand workspace={me?.session.workspace.name} />
				<Nav board={mayWatch} current={board ? "board" : "me"} own={me?.presence?.base} />
				<div className="shell-tools">
					<ConnectionState />
					{me && <span className="shell-who">{me.session.user.name}</span>}
					<button type="button" className="button button-quiet" data-testid="sign-out" onClick={onSignOut}>
						Sign out
					</button>
				</div>
			</header>
			{me && <ForcedNotice />}
			<main className={live ? "shell-main" : "shell-main is-stale"}>
				{!me && <p className="shell-wait">Connecting to your workspace…</p>}
				{me && (board ? <BoardPage me={me} /> : <MePage me={me} />)}
			</main>
		</div>
	);
}

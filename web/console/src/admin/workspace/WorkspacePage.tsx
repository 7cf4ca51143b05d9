/* Settings of the workspace as a whole. */

import type { Workspace } from "muster";
import type { Me } from "muster/react";
import { useState } from "react";
import { useAnswer } from "../../lib/useAnswer";
import { Heading } from "../Heading";
import { ChannelWeights } from "./ChannelWeights";

const changesWorkspace = (type: string) => type === "workspace.updated";

export function WorkspacePage(_: { me: Me }) {
	const workspace = useAnswer<Workspace>("workspace.get", changesWorkspace);
	const [saved, setSaved] = useState(false);
	return (
		<>
			<Heading title="Workspace" />
			{workspace && (
				<ChannelWeights
					key={JSON.stringify(workspace.channels)}
					channels={workspace.channels}
					onSaved={setSaved}
				/>
			)}
			{saved && <p role="status">Saved.</p>}
		</>
	);
}

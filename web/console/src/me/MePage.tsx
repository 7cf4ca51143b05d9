/* The agent's own page: the toggle with note and end, the colleagues, the devices. */

import type { Me } from "muster/react";
import { useState } from "react";
import { chosen, statusOptions } from "../lib/statuses";
import { useTeams } from "../lib/useTeams";
import { Colleagues } from "./Colleagues";
import { DeviceList } from "./DeviceList";
import { ExpiryPicker } from "./ExpiryPicker";
import { NoteForm } from "./NoteForm";
import { StatusCard } from "./StatusCard";
import { StatusToggle } from "./StatusToggle";
import { useSetStatus } from "./useSetStatus";
import "./me.css";

export function MePage({ me }: { me: Me }) {
	const { session, presence } = me;
	const options = statusOptions(session.settings.statuses);
	const teams = useTeams();
	const { error, pending, setStatus, setNote, setUntil } = useSetStatus(presence);
	/* What is typed but not saved goes along with the next status. */
	const [draft, setDraft] = useState<string | null>(null);
	const maySet = me.may("presence.self");
	const choice = presence && chosen(presence);

	const onNote = async (note: string | null) => {
		if (await setNote(note)) setDraft(null);
	};
	const onStatus = async (status: string) => {
		if (await setStatus(status, draft)) setDraft(null);
	};

	return (
		<div className="me">
			<h1 className="visually-hidden">My status</h1>
			<div className="me-main">
				<StatusCard name={session.user.name} presence={presence} options={options} />
				{maySet && presence && choice && (
					<section className="panel" aria-label="Change your status">
						<StatusToggle options={options} current={choice.status} pending={pending} onSelect={onStatus} />
						<NoteForm saved={presence.note} draft={draft} onDraft={setDraft} onSave={onNote} />
						{/* Being available has no end to set. */}
						{choice.base !== "available" && <ExpiryPicker until={presence.until} onPick={setUntil} />}
						{error && (
							<p className="form-error" role="alert">
								{error}
							</p>
						)}
					</section>
				)}
			</div>
			<div className="me-side">
				<Colleagues me={session.user.id} teams={teams} options={options} />
				{/* Somebody's devices are their own business. */}
				{!session.view_as && <DeviceList user={session.user.id} />}
			</div>
		</div>
	);
}

/* Changing one's own status, note and end. It shows what was chosen, which idleness and business hours leave alone. */

import type { Choice, StatusOption } from "muster";
import { useState } from "react";
import { ExpiryPicker } from "./ExpiryPicker";
import { NoteForm } from "./NoteForm";
import { StatusToggle } from "./StatusToggle";
import { useSetStatus } from "./useSetStatus";

interface Props {
	chosen: Choice;
	options: readonly StatusOption[];
}

export function StatusPanel({ chosen, options }: Props) {
	const { error, pending, setStatus, setNote, setUntil } = useSetStatus(chosen);
	/* What is typed but not saved goes along with the next status. */
	const [draft, setDraft] = useState<string | null>(null);
	/* Being available has no end to set. */
	const mayEnd = options.find(({ id }) => id === chosen.status)?.base !== "available";

	const onNote = async (note: string | null) => {
		if (await setNote(note)) setDraft(null);
	};
	const onStatus = async (status: string) => {
		if (await setStatus(status, draft)) setDraft(null);
	};

	return (
		<section className="panel" aria-label="Change your status">
			<StatusToggle options={options} current={chosen.status} pending={pending} onSelect={onStatus} />
			<NoteForm saved={chosen.note} draft={draft} onDraft={setDraft} onSave={onNote} />
			{mayEnd && <ExpiryPicker until={chosen.until} onPick={setUntil} />}
			{error && (
				<p className="form-error" role="alert">
					{error}
				</p>
			)}
		</section>
	);
}

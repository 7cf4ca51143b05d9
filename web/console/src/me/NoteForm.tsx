import { type FormEvent, useId } from "react";

const MAX = 140;
const NEARLY_FULL = 110;

interface Props {
	saved: string | null;
	/** Null while nothing was typed since the last save. */
	draft: string | null;
	onDraft(draft: string): void;
	onSave(note: string | null): void;
}

export function NoteForm({ saved, draft, onDraft, onSave }: Props) {
	const id = useId();
	const value = draft ?? saved ?? "";
	const changed = value.trim() !== (saved ?? "");
	const submit = (event: FormEvent) => {
		event.preventDefault();
		onSave(value.trim() || null);
	};
	return (
		<form className="note" onSubmit={submit}>
			<label className="panel-title" htmlFor={id}>
				Note
			</label>
			<div className="note-row">
				<input
					id={id}
					className="input"
					data-testid="note-input"
					value={value}
					maxLength={MAX}
					autoComplete="off"
					placeholder="For example: at the dentist"
					onChange={(event) => onDraft(event.target.value)}
				/>
				<button type="submit" className="button" data-testid="note-save" disabled={!changed}>
					Save
				</button>
			</div>
			{value.length >= NEARLY_FULL && <p className="note-left">{MAX - value.length} characters left</p>}
		</form>
	);
}

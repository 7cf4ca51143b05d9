import type { Presence } from "muster";
import type { ReactNode } from "react";
import { LoadMeter } from "../ui/LoadMeter";
import { StatusGlyph } from "../ui/StatusGlyph";

interface Props {
	/** Of a person; empty: nobody. */
	id: string;
	chosen: string | null;
	disabled?: boolean;
	children: ReactNode;
	onChoose(id: string): void;
}

/** One of those to whom a conversation can be given. */
export function AssignChoice({ id, chosen, disabled, children, onChoose }: Props) {
	return (
		<label className="assign-choice">
			<input
				type="radio"
				name="user"
				value={id}
				data-testid={id === "" ? "assign-to-nobody" : `assign-to-${id}`}
				checked={chosen === id}
				disabled={disabled}
				onChange={() => onChoose(id)}
			/>
			{children}
		</label>
	);
}

/** What one has to know of a person to choose them. */
export function PersonChoice({ person, status }: { person: Presence; status: string }) {
	return (
		<>
			<span className="assign-name">
				<StatusGlyph base={person.base} />
				{person.name}
			</span>
			<span className="assign-more">{status}</span>
			<LoadMeter load={person.load} capacity={person.capacity} />
		</>
	);
}

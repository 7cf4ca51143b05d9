import type { StatusOption } from "muster";
import { choiceLabel, isBase } from "../lib/statuses";
import { StatusGlyph } from "../ui/StatusGlyph";

interface Props {
	options: readonly StatusOption[];
	current: string;
	/** The one that is being set. */
	pending: string | null;
	onSelect(status: string): void;
}

const hint = ({ accepting }: StatusOption): string => (accepting ? "Takes new work" : "No new work");

export function StatusToggle({ options, current, pending, onSelect }: Props) {
	return (
		<fieldset className="toggle">
			<legend className="panel-title">Set your status</legend>
			{options.map((option) => (
				<button
					key={option.id}
					type="button"
					className={isBase(option.id) ? "toggle-option" : "toggle-option toggle-custom"}
					data-base={option.base}
					data-testid={`status-option-${option.id}`}
					aria-pressed={option.id === current}
					aria-busy={option.id === pending}
					onClick={() => onSelect(option.id)}
				>
					<StatusGlyph base={option.base} />
					<span className="toggle-label">{choiceLabel(option)}</span>
					<span className="toggle-hint">{hint(option)}</span>
				</button>
			))}
		</fieldset>
	);
}

interface Props {
	name: string;
	testId: string;
	onAct(): void;
}

/** Opens what can be done about one row; as large as the row. */
export function ActButton({ name, testId, onAct }: Props) {
	return (
		<button
			type="button"
			className="button button-quiet button-icon item-act"
			data-testid={testId}
			aria-label={`Open ${name}`}
			onClick={onAct}
		>
			<svg viewBox="0 0 16 16" aria-hidden="true">
				<path d="m6 3.5 4.5 4.5L6 12.5" />
			</svg>
		</button>
	);
}

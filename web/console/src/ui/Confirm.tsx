/* A button for what can't be taken back: it asks first, in its own place. */

import { type ReactNode, useEffect, useRef, useState } from "react";
import { useAction } from "./useAction";

interface Props {
	label: string;
	question: ReactNode;
	/** What the button says that does it. */
	yes: string;
	testId: string;
	onYes(): Promise<unknown>;
}

export function Confirm({ label, question, yes, testId, onYes }: Props) {
	const [asks, setAsks] = useState(false);
	const opener = useRef<HTMLButtonElement>(null);
	const { busy, error, run } = useAction();

	const back = () => {
		setAsks(false);
		/* Drawn by then. */
		requestAnimationFrame(() => opener.current?.focus());
	};
	if (!asks)
		return (
			<button
				ref={opener}
				type="button"
				className="button"
				data-testid={testId}
				onClick={() => setAsks(true)}
			>
				{label}
			</button>
		);
	return (
		<fieldset className="confirm">
			<legend className="visually-hidden">{label}</legend>
			<p>{question}</p>
			<div className="confirm-buttons">
				<Cancel onClick={back} />
				<button
					type="button"
					className="button button-danger"
					data-testid={`${testId}-yes`}
					disabled={busy}
					onClick={() => void run(onYes).then((done) => done && setAsks(false))}
				>
					{yes}
				</button>
			</div>
			{error && (
				<p className="form-error" role="alert">
					{error}
				</p>
			)}
		</fieldset>
	);
}

function Cancel({ onClick }: { onClick(): void }) {
	const button = useRef<HTMLButtonElement>(null);
	useEffect(() => button.current?.focus(), []);
	return (
		<button ref={button} type="button" className="button" onClick={onClick}>
			Cancel
		</button>
	);
}

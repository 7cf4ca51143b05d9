/* The recovery codes, this once: to be copied, printed or written down. */

import { useState } from "react";

interface Props {
	codes: readonly string[];
	onDone(): void;
}

export function RecoveryCodes({ codes, onDone }: Props) {
	const [copied, setCopied] = useState(false);
	const copy = async () => {
		await navigator.clipboard.writeText(codes.join("\n"));
		setCopied(true);
	};
	return (
		<div className="recovery">
			<p>
				Keep these recovery codes in a safe place. Each takes the place of your app once, should you lose it.
				They are not shown again.
			</p>
			<ul data-testid="recovery-codes">
				{codes.map((code) => (
					<li key={code}>{code}</li>
				))}
			</ul>
			<div className="security-actions">
				<button type="button" className="button" data-testid="recovery-copy" onClick={copy}>
					{copied ? "Copied" : "Copy"}
				</button>
				<button type="button" className="button" onClick={() => window.print()}>
					Print
				</button>
				<button type="button" className="button button-main" data-testid="recovery-done" onClick={onDone}>
					I have kept them
				</button>
			</div>
		</div>
	);
}

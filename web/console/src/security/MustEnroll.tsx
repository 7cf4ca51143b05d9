/* All there is until a second factor is enrolled, in a workspace that asks everybody for one. */

import { useState } from "react";
import { Enroll } from "./Enroll";
import { RecoveryCodes } from "./RecoveryCodes";
import "./security.css";

interface Props {
	/** The page must stay, though the rights may have come: the recovery codes are on their way, or being read. */
	onHold(hold: boolean): void;
}

export function MustEnroll({ onHold }: Props) {
	const [codes, setCodes] = useState<string[] | null>(null);
	return (
		<section className="panel security-panel" data-testid="must-enroll">
			<h1>Set up a second factor</h1>
			{codes ? (
				<RecoveryCodes codes={codes} onDone={() => onHold(false)} />
			) : (
				<>
					<p>This workspace asks everybody for one. You can go on as soon as it is set up.</p>
					<Enroll onCodes={setCodes} onConfirming={onHold} />
				</>
			)}
		</section>
	);
}

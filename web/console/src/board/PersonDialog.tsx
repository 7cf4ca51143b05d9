/* What a supervisor may do about one person: see what they have, set their limit and status, sign them out. */

import type { Presence, StatusOption } from "muster";
import { statusLabel } from "../lib/statuses";
import { Dialog } from "../ui/Dialog";
import { Since } from "../ui/Since";
import { StatusGlyph } from "../ui/StatusGlyph";
import { UntilText } from "../ui/UntilText";
import { ForceForm } from "./ForceForm";
import { LimitForm } from "./LimitForm";
import { PersonDevices } from "./PersonDevices";
import { PersonTalks } from "./PersonTalks";
import "./person.css";

interface Props {
	person: Presence;
	options: readonly StatusOption[];
	mayForce: boolean;
	mayRevoke: boolean;
	mayLimit: boolean;
	seesTalks: boolean;
	onClose(): void;
}

export function PersonDialog(props: Props) {
	const { person, options, mayForce, mayRevoke, mayLimit, seesTalks, onClose } = props;
	return (
		<Dialog title={person.name} onClose={onClose}>
			<p className="person-now">
				<StatusGlyph base={person.base} />
				<span>
					{statusLabel(person, options)}
					{person.since === null ? (
						", never signed in"
					) : (
						<>
							{" "}
							for <Since at={person.since} />
						</>
					)}
				</span>
				{person.note && <span className="person-note">“{person.note}”</span>}
				{person.until && <UntilText at={person.until} />}
			</p>
			{seesTalks && <PersonTalks user={person.user} />}
			{mayLimit && <LimitForm person={person} onDone={onClose} />}
			{mayForce && <ForceForm person={person} options={options} onDone={onClose} />}
			{mayRevoke && <PersonDevices user={person.user} />}
		</Dialog>
	);
}

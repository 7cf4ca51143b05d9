/* The link of an invitation, which is shown this once. */

import { useId, useState } from "react";
import { Dialog } from "../../ui/Dialog";

export interface Sent {
	email: string;
	link: string;
	/** Whether it went out by mail too. */
	mailed: boolean;
}

interface Props {
	sent: Sent;
	onClose(): void;
}

export function InviteLink({ sent: { email, link: path, mailed }, onClose }: Props) {
	const id = useId();
	/* A hub that doesn't know its own address leaves it out: it is this page's. */
	const link = new URL(path, location.origin).href;
	const [copied, setCopied] = useState(false);
	const copy = () => {
		/* Where the page may not, the text can be copied by hand. */
		navigator.clipboard?.writeText(link).then(
			() => setCopied(true),
			() => {},
		);
	};
	return (
		<Dialog title="Invited" onClose={onClose}>
			<p>
				{mailed
					? `The link is on its way to ${email}. You can also hand it over yourself:`
					: `No mail was sent. Hand this link to ${email} yourself:`}
			</p>
			<div className="note-row">
				<label className="visually-hidden" htmlFor={id}>
					Link for {email}
				</label>
				<input
					id={id}
					className="input"
					data-testid="invite-link"
					readOnly
					value={link}
					onFocus={(event) => event.target.select()}
				/>
				<button type="button" className="button button-main" data-testid="invite-copy" onClick={copy}>
					{copied ? "Copied" : "Copy"}
				</button>
			</div>
			<p className="item-soft">It is shown this once. Whoever has it can come in as {email}.</p>
		</Dialog>
	);
}

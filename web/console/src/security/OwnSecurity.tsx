/* One's own second factor. */

import type { Me } from "muster/react";
import { OwnFactor } from "./OwnFactor";
import "./security.css";

export function OwnSecurity({ me }: { me: Me }) {
	return (
		<div className="security">
			<h1 className="visually-hidden">Security</h1>
			{me.session.view_as ? (
				<p>What belongs to a person alone is not shown to who views as them.</p>
			) : (
				<OwnFactor />
			)}
		</div>
	);
}

/* One's own second factor; and for those who may, what is asked of everybody and seeing as others see. */

import type { Me } from "muster/react";
import { OwnFactor } from "./OwnFactor";
import { RequireFactor } from "./RequireFactor";
import { ViewAsForm } from "./ViewAsForm";
import "./security.css";

export function SecurityPage({ me }: { me: Me }) {
	const viewing = me.session.view_as !== undefined;
	return (
		<div className="security">
			<h1 className="visually-hidden">Security</h1>
			{viewing ? <p>What belongs to a person alone is not shown to who views as them.</p> : <OwnFactor />}
			{me.may("security.manage") && <RequireFactor />}
			{me.may("impersonate") && !viewing && <ViewAsForm me={me.session.user.id} />}
		</div>
	);
}

/* What is asked of everybody who signs in, help for who lost their second factor, and seeing as others see. */

import type { Me } from "muster/react";
import { Heading } from "../Heading";
import { RequireFactor } from "./RequireFactor";
import { ResetFactor } from "./ResetFactor";
import { ViewAsForm } from "./ViewAsForm";
import "../../security/security.css";

export function SecurityPage({ me }: { me: Me }) {
	const mayManage = me.may("security.manage");
	return (
		<>
			<Heading title="Security" />
			{mayManage && <RequireFactor />}
			{mayManage && me.may("users.view") && <ResetFactor me={me} />}
			{me.may("impersonate") && !me.session.view_as && <ViewAsForm me={me.session.user.id} />}
		</>
	);
}

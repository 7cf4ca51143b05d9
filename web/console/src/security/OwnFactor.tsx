/* One's own second factor: how it stands, and what can be done about it. */

import type { SecondFactor } from "muster";
import { useMuster, useMusterEvent } from "muster/react";
import { useCallback, useEffect, useState } from "react";
import { CodeForm } from "./CodeForm";
import { Enroll } from "./Enroll";
import { RecoveryCodes } from "./RecoveryCodes";

type Doing = "nothing" | "enroll" | "recovery" | "disable";

function useSecondFactor(): SecondFactor | null {
	const client = useMuster();
	const [state, setState] = useState<SecondFactor | null>(null);
	const fetch = useCallback(() => {
		client.call("totp.get", {}).then(setState, () => {});
	}, [client]);
	useEffect(fetch, [fetch]);
	useMusterEvent("event", ({ type }) => {
		if (type.startsWith("second_factor.") || type === "security.updated") fetch();
	});
	return state;
}

export function OwnFactor() {
	const client = useMuster();
	const state = useSecondFactor();
	const [doing, setDoing] = useState<Doing>("nothing");
	const [codes, setCodes] = useState<string[] | null>(null);
	const show = (fresh: string[]) => {
		setCodes(fresh);
		setDoing("nothing");
	};
	const renew = async (code: string) => show((await client.call("totp.recovery", { code })).recovery_codes);
	const disable = async (code: string) => {
		await client.call("totp.disable", { code });
		setDoing("nothing");
	};

	return (
		<section className="panel security-panel" data-testid="own-factor">
			<h2 className="panel-title">Your second factor</h2>
			{codes && <RecoveryCodes codes={codes} onDone={() => setCodes(null)} />}
			{!codes && state && (
				<>
					<p data-testid="factor-state" data-enrolled={state.enrolled}>
						{state.enrolled
							? `On. ${state.recovery_left} recovery ${state.recovery_left === 1 ? "code is" : "codes are"} left.`
							: "Off. Your password is all that is needed to sign in as you."}
					</p>
					{doing === "nothing" && <Choices state={state} onChoice={setDoing} />}
					{doing === "enroll" && <Enroll onCodes={show} />}
					{doing === "recovery" && (
						<CodeForm label="A code of your app" action="Make new codes" testId="recovery" onCode={renew} />
					)}
					{doing === "disable" && (
						<CodeForm
							label="A code of your app, or a recovery code"
							action="Turn it off"
							testId="disable"
							onCode={disable}
						/>
					)}
				</>
			)}
		</section>
	);
}

function Choices({ state, onChoice }: { state: SecondFactor; onChoice(doing: Doing): void }) {
	const button = (doing: Doing, label: string) => (
		<button type="button" className="button" data-testid={`factor-${doing}`} onClick={() => onChoice(doing)}>
			{label}
		</button>
	);
	return (
		<div className="security-actions">
			{button("enroll", state.enrolled ? "Use another app" : "Set up")}
			{state.enrolled && button("recovery", "New recovery codes")}
			{state.enrolled && !state.required && button("disable", "Turn off")}
		</div>
	);
}

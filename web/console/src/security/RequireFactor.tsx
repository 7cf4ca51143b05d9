/* The switch that asks everybody for a second factor. */

import type { Security } from "muster";
import { useMuster, useMusterEvent } from "muster/react";
import { useCallback, useEffect, useId, useState } from "react";
import { useAction } from "../ui/useAction";

export function RequireFactor() {
	const client = useMuster();
	const id = useId();
	const [security, setSecurity] = useState<Security | null>(null);
	const { busy, error, run } = useAction();
	const fetch = useCallback(() => {
		client.call("security.get", {}).then(setSecurity, () => {});
	}, [client]);
	useEffect(fetch, [fetch]);
	useMusterEvent("event", ({ type }) => {
		if (type.startsWith("second_factor.") || type === "security.updated") fetch();
	});

	const change = (require_2fa: boolean) =>
		run(async () => setSecurity(await client.call("security.update", { require_2fa })));
	if (!security) return null;
	const { enrolled, with_password } = security.people;
	return (
		<section className="panel security-panel">
			<h2 className="panel-title">Everybody</h2>
			<p>
				<label className="security-switch" htmlFor={id}>
					<input
						id={id}
						type="checkbox"
						data-testid="require-2fa"
						checked={security.require_2fa}
						disabled={busy}
						onChange={(event) => change(event.target.checked)}
					/>
					Ask everybody who signs in with a password for a second factor
				</label>
			</p>
			<p className="security-soft" data-testid="enrolled-count">
				{enrolled} of {with_password} have one. Who has none can do nothing but set one up, at once.
			</p>
			{error && (
				<p className="form-error" role="alert">
					{error}
				</p>
			)}
		</section>
	);
}

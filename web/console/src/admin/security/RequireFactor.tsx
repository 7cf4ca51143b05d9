/* The switch that asks everybody for a second factor. */

import type { Security } from "muster";
import { useMuster } from "muster/react";
import { useId } from "react";
import { useAnswer } from "../../lib/useAnswer";
import { useAction } from "../../ui/useAction";

const changesSecurity = (type: string) => /^(security|second_factor|user)\./.test(type);

export function RequireFactor() {
	const client = useMuster();
	const id = useId();
	const security = useAnswer<Security>("security.get", changesSecurity);
	const { busy, error, run } = useAction();

	const change = (require_2fa: boolean) => run(() => client.call("security.update", { require_2fa }));
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

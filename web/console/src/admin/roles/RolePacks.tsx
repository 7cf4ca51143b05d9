/* Sets of roles to begin with: what each brings, and what of it is there already. */

import type { Page, RolePack } from "muster";
import { useMuster } from "muster/react";
import { useAnswer } from "../../lib/useAnswer";
import { Dialog } from "../../ui/Dialog";
import { useAction } from "../../ui/useAction";

const changesRoles = (type: string) => type.startsWith("role.");

export function RolePacks({ onClose }: { onClose(): void }) {
	const client = useMuster();
	const packs = useAnswer<Page<RolePack>>("role.packs", changesRoles)?.items;
	const { busy, error, run } = useAction();

	return (
		<Dialog title="Role packs" onClose={onClose}>
			<p>Roles to begin with. Loaded ones are roles like any other: change them as you like.</p>
			{error && (
				<p className="form-error" role="alert">
					{error}
				</p>
			)}
			{!packs && <p className="empty">Loading…</p>}
			<ul>
				{packs?.map(({ id, title, help, roles }) => {
					const whole = roles.every(({ loaded }) => loaded);
					return (
						<li key={id} className="pack" data-testid={`pack-${id}`}>
							<div className="pack-head">
								<strong>{title}</strong>
								<button
									type="button"
									className="button button-small"
									data-testid={`pack-load-${id}`}
									aria-label={`Load ${title}`}
									disabled={busy || whole}
									onClick={() => run(() => client.call("role.load_pack", { pack: id }))}
								>
									{whole ? "Loaded" : "Load"}
								</button>
							</div>
							<p className="item-soft">{help}</p>
							<p className="pack-roles">
								{roles.map((role) => (
									<span
										key={role.id}
										className={role.loaded ? "badge" : "badge badge-off"}
										title={role.description ?? undefined}
									>
										{role.name}
									</span>
								))}
							</p>
						</li>
					);
				})}
			</ul>
		</Dialog>
	);
}

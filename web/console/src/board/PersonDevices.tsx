import { useDevices } from "../lib/useDevices";
import { DeviceRow } from "../ui/DeviceRow";
import { useAction } from "../ui/useAction";

/** Where somebody is signed in, with the means to sign out one device or all of them. */
export function PersonDevices({ user }: { user: string }) {
	const { items, error, signOut, signOutAll } = useDevices(user);
	const all = useAction();
	return (
		<section className="person-devices" aria-label="Devices">
			<h3 className="panel-title">Signed in on {items && <span className="count">{items.length}</span>}</h3>
			<ul className="devices">
				{items?.map((item) => (
					<DeviceRow key={item.device.id} item={item} onSignOut={() => signOut(item)} />
				))}
			</ul>
			{items?.length === 0 && <p className="empty">Nowhere at the moment.</p>}
			{items && items.length > 0 && (
				<button
					type="button"
					className="button"
					data-testid="devices-sign-out-all"
					disabled={all.busy}
					onClick={() => all.run(signOutAll)}
				>
					Sign out everywhere
				</button>
			)}
			{(error ?? all.error) && <p className="form-error">{error ?? all.error}</p>}
		</section>
	);
}

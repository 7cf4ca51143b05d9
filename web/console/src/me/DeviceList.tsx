import { useDevices } from "../lib/useDevices";
import { DeviceRow } from "../ui/DeviceRow";

/** Where one is signed in; all but this one can be signed out from here. */
export function DeviceList({ user }: { user: string }) {
	const { items, error, signOut } = useDevices(user);
	return (
		<section className="panel" aria-label="Your devices">
			<h2 className="panel-title">Your devices {items && <span className="count">{items.length}</span>}</h2>
			<ul className="devices">
				{items?.map((item) => (
					<DeviceRow key={item.device.id} item={item} onSignOut={() => signOut(item)} />
				))}
			</ul>
			{error && <p className="form-error">{error}</p>}
		</section>
	);
}

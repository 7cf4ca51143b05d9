import { useSessions } from "../lib/useSessions";
import { SessionRow } from "../ui/SessionRow";

/** Where one is signed in; all but this one can be signed out from here. */
export function DeviceList({ user }: { user: string }) {
	const { items, error, revoke } = useSessions(user);
	return (
		<section className="panel" aria-label="Your devices">
			<h2 className="panel-title">Your devices {items && <span className="count">{items.length}</span>}</h2>
			<ul className="sessions">
				{items?.map((item) => (
					<SessionRow key={item.session} item={item} onRevoke={() => revoke(item.session)} />
				))}
			</ul>
			{error && <p className="form-error">{error}</p>}
		</section>
	);
}

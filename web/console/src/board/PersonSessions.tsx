import { useSessions } from "../lib/useSessions";
import { SessionRow } from "../ui/SessionRow";
import { useAction } from "../ui/useAction";

/** Where somebody is signed in, with the means to end one session or all of them. */
export function PersonSessions({ user }: { user: string }) {
	const { items, error, revoke } = useSessions(user);
	const all = useAction();
	return (
		<section className="person-sessions" aria-label="Sessions">
			<h3 className="panel-title">Signed in on {items && <span className="count">{items.length}</span>}</h3>
			<ul className="sessions">
				{items?.map((item) => (
					<SessionRow key={item.session} item={item} onRevoke={() => revoke(item.session)} />
				))}
			</ul>
			{items?.length === 0 && <p className="empty">Nowhere at the moment.</p>}
			{items && items.length > 1 && (
				<button
					type="button"
					className="button"
					data-testid="sessions-revoke-all"
					disabled={all.busy}
					onClick={() => all.run(() => revoke())}
				>
					Sign out everywhere
				</button>
			)}
			{(error ?? all.error) && <p className="form-error">{error ?? all.error}</p>}
		</section>
	);
}

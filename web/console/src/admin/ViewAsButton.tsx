import { type Me, useMuster } from "muster/react";
import { startViewing } from "../lib/startViewing";
import { useAction } from "../ui/useAction";

interface Props {
	me: Me;
	as: { user: string } | { role: string };
}

/** For those who may look through somebody else's eyes, and don't do so already. */
export function ViewAsButton({ me, as }: Props) {
	const client = useMuster();
	const { busy, error, run } = useAction();
	if (!me.may("impersonate") || me.session.view_as) return null;
	return (
		<>
			<button
				type="button"
				className="button"
				data-testid="view-as"
				disabled={busy}
				onClick={() => run(() => startViewing(client, as))}
			>
				{"user" in as ? "View as this person" : "View as this role"}
			</button>
			{error && (
				<p className="form-error" role="alert">
					{error}
				</p>
			)}
		</>
	);
}

/* Removes several people at once, and says of each whether it was done. */

import type { Account, Commands } from "muster";
import { useMuster } from "muster/react";
import { useState } from "react";
import { counted, sentence } from "../../lib/text";
import { Dialog } from "../../ui/Dialog";
import { useAction } from "../../ui/useAction";

type Result = Commands["user.remove_many"]["result"]["results"][number];

interface Props {
	users: readonly Account[];
	onClose(): void;
}

export function RemoveUsers({ users, onClose }: Props) {
	const client = useMuster();
	/* As they were asked for: those who are removed are no longer on the list. */
	const [asked] = useState(users);
	const [results, setResults] = useState<readonly Result[] | null>(null);
	const { busy, error, run } = useAction();

	const remove = () =>
		run(async () => {
			const done = await client.call("user.remove_many", { users: asked.map(({ id }) => id) });
			setResults(done.results);
		});

	return (
		<Dialog
			title={results ? "Removed" : `Remove ${counted(asked.length, "person", "people")}?`}
			onClose={onClose}
		>
			{!results && <p>They lose access at once, and can't be brought back.</p>}
			<ul className="results">
				{asked.map(({ id, name }) => (
					<li key={id} data-testid={`removal-${id}`} data-ok={results?.find(({ user }) => user === id)?.ok}>
						<span>{name}</span>
						{results && <Outcome result={results.find(({ user }) => user === id)} />}
					</li>
				))}
			</ul>
			{error && (
				<p className="form-error" role="alert">
					{error}
				</p>
			)}
			{results ? (
				<button type="button" className="button" onClick={onClose}>
					Close
				</button>
			) : (
				<button
					type="button"
					className="button button-danger"
					data-testid="users-remove-yes"
					disabled={busy}
					onClick={remove}
				>
					Remove for good
				</button>
			)}
		</Dialog>
	);
}

function Outcome({ result }: { result: Result | undefined }) {
	if (!result || result.ok) return <span className="item-soft">{result && "removed"}</span>;
	return <span className="field-error">{sentence(result.error?.message ?? "It was not done")}</span>;
}

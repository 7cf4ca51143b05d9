/** Says that a conversation waits for a hand: everybody who is at work has let it pass. */
export function PassedMark({ at }: { at: string | null }) {
	if (at === null) return null;
	const since = new Date(at).toLocaleTimeString([], { timeStyle: "short" });
	return (
		<span
			className="badge badge-wait"
			data-testid="passed"
			title={`Everybody at work has let it pass, ${since}`}
		>
			Passed by all
		</span>
	);
}

import type { Viewer } from "muster";

const listed = (viewers: readonly Viewer[]): string => {
	const names = viewers.map(({ name }) => name);
	return names.length < 3
		? names.join(" and ")
		: `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
};

const verb = (viewers: readonly Viewer[], one: string, many: string): string =>
	viewers.length === 1 ? one : many;

/** Who else is at it, so that two don't answer at once. */
export function ViewersText({ viewers }: { viewers: readonly Viewer[] }) {
	const typing = viewers.filter((viewer) => viewer.typing);
	const looking = viewers.filter((viewer) => !viewer.typing);
	return (
		<p className="viewers" role="status" data-testid="conversation-viewers">
			{typing.length > 0 && (
				<strong>
					{listed(typing)} {verb(typing, "is", "are")} typing…
				</strong>
			)}
			{looking.length > 0 && (
				<span>
					{listed(looking)} {verb(looking, "looks", "look")} at this too.
				</span>
			)}
		</p>
	);
}

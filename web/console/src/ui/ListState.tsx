import { errorText } from "../lib/messages";

interface Props {
	/** Null while they are not known. */
	shown: number | null;
	error: unknown;
	empty: string;
}

/** What stands in place of a list that has nothing to show. */
export function ListState({ shown, error, empty }: Props) {
	if (shown === null && error !== null)
		return (
			<p className="form-error" role="alert">
				{errorText(error)}
			</p>
		);
	if (shown !== null && shown > 0) return null;
	return <p className="empty admin-empty">{shown === null ? "Loading…" : empty}</p>;
}

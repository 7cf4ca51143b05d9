/* What a command answers, asked again when an event says that it is no longer so. */

import { useConnection, useMuster, useMusterEvent } from "muster/react";
import { useCallback, useEffect, useState } from "react";

/** Null until it is known; `stale` names the types of events after which it may be another. */
export function useAnswer<Result>(
	method: string,
	stale: (type: string) => boolean,
	wanted = true,
): Result | null {
	const client = useMuster();
	const live = useConnection().phase === "live";
	const [answer, setAnswer] = useState<Result | null>(null);

	const load = useCallback(() => {
		/* What can't be had stays as it was; the page says by itself when there is no connection. */
		client.call<Result>(method).then(setAnswer, () => {});
	}, [client, method]);

	useEffect(() => {
		if (live && wanted) load();
	}, [live, wanted, load]);
	useMusterEvent("event", ({ type }) => {
		if (wanted && stale(type)) load();
	});
	return answer;
}

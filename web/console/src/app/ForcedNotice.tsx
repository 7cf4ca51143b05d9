/* Tells a person that somebody else has set their status. Shows nothing by itself. */

import { useMe, useMusterEvent } from "muster/react";
import { statusOptions } from "../lib/statuses";
import { useNotices } from "../ui/Notices";

export function ForcedNotice() {
	const me = useMe();
	const notices = useNotices();

	useMusterEvent("presence.forced", ({ data }) => {
		if (!me || data.user !== me.session.user.id) return;
		const option = statusOptions(me.session.settings.statuses).find(({ id }) => id === data.status);
		notices.add({
			title: `${data.by_name ?? "A supervisor"} set you to ${option?.label ?? data.status}`,
			text: data.reason,
		});
	});
	return null;
}

import type { MusterClient } from "muster";
import { keepViewing } from "./viewing";

/** From now on this tab shows what that person, or a holder of that role, sees. */
export async function startViewing(
	client: MusterClient,
	as: { user: string } | { role: string },
): Promise<void> {
	keepViewing((await client.call("view_as.start", as)).token);
}

/* What a client is made with. */

import type { Backoff } from "./backoff";
import type { SocketConstructor } from "./host";
import type { Device, PresenceScope } from "./types";

export interface ClientOptions {
	/** Where the hub is: `wss://hub.example/v1/ws`. */
	url: string;
	/** The token, or what makes a fresh one for each connection. */
	token: string | (() => string | Promise<string>);
	device: Device;
	/** Whose presence to follow; all that one may see if left out. */
	watch?: PresenceScope;
	/** From an earlier client, to go on where it ended. */
	cursor?: string;
	/** For programs without a WebSocket of their own. */
	WebSocket?: SocketConstructor;
	backoff?: Partial<Backoff>;
	/** How long an attempt may take until the session is open. */
	openTimeoutMs?: number;
	/** How long a call waits for its answer, reconnects included, unless it says otherwise. */
	callTimeoutMs?: number;
	/** From 0 to 1, for the jitter. */
	random?: () => number;
}

/* The SDK as the hub serves it, for programs in Node. */

import { pathToFileURL } from "node:url";
import type * as Sdk from "muster";
import WebSocket from "ws";
import type { Hub } from "./hub";
import { SDK } from "./program";

export type Client = Sdk.MusterClient;
export type ClientOptions = Partial<Sdk.ClientOptions>;
export type SocketClass = NonNullable<Sdk.ClientOptions["WebSocket"]>;

/** The SDK itself. */
export const loadSdk = (): Promise<typeof Sdk> => import(pathToFileURL(SDK).href);

/** A client that has been started. It comes back quickly, but leaves time to do something meanwhile. */
export async function connect(hub: Hub, user: string, options: ClientOptions = {}): Promise<Client> {
	const { MusterClient } = await loadSdk();
	const client = new MusterClient({
		url: hub.socketUrl,
		token: await hub.signIn(user),
		device: { id: `d-${user}`, kind: "desktop", name: "Node" },
		WebSocket: WebSocket as unknown as SocketClass,
		backoff: { baseMs: 500, maxMs: 500 },
		random: () => 0.99,
		...options,
	});
	client.connect();
	return client;
}

/** A network that loses messages: those that `loses` says. */
export function lossySocket(loses: (message: string) => boolean): SocketClass {
	return class extends WebSocket {
		override emit(event: string | symbol, ...values: unknown[]): boolean {
			if (event === "message" && loses(String(values[0]))) return false;
			return super.emit(event, ...values);
		}
	} as unknown as SocketClass;
}

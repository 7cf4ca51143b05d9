/*
 * The client for React: each hook reads one piece of its state and renders again only when that changes.
 */

import {
	type ConnectionState,
	type Dashboard,
	type ListKind,
	type ListView,
	liveList,
	type MusterClient,
	type MusterEvents,
	may,
	type Presence,
	type PresenceView,
	type SessionInfo,
	type Viewer,
	watchDashboard,
	watchViewers,
} from "muster";
import {
	createContext,
	useCallback,
	useContext,
	useEffect,
	useMemo,
	useRef,
	useState,
	useSyncExternalStore,
} from "react";

const ClientContext = createContext<MusterClient | null>(null);

/** Hands a client to the hooks below it. It is not started and not closed here. */
export const MusterProvider = ClientContext.Provider;

export function useMuster(): MusterClient {
	const client = useContext(ClientContext);
	if (!client) throw new Error("There is no MusterProvider above this component.");
	return client;
}

export function useConnection(): ConnectionState {
	const client = useMuster();
	const subscribe = useCallback((changed: () => void) => client.on("connection", changed), [client]);
	return useSyncExternalStore(subscribe, () => client.connection);
}

export function useSession(): SessionInfo | null {
	const client = useMuster();
	const subscribe = useCallback((changed: () => void) => client.on("session", changed), [client]);
	return useSyncExternalStore(subscribe, () => client.session);
}

/** Everybody that is watched. */
export function usePresence(): PresenceView {
	const { presence } = useMuster();
	return useSyncExternalStore(presence.subscribe, presence.getSnapshot);
}

/** One person; undefined while nothing is known of them. */
export function usePresenceOf(user: string): Presence | undefined {
	const { presence } = useMuster();
	return useSyncExternalStore(presence.subscribe, () => presence.get(user));
}

/** A list of the hub, kept in step with its events. */
export function useLiveList<Item extends { id: string }>(kind: ListKind<Item>): ListView<Item> {
	const { subscribe, getSnapshot } = liveList(useMuster(), kind);
	return useSyncExternalStore(subscribe, getSnapshot);
}

const NOBODY: readonly Viewer[] = [];

/** Looks at a conversation while the component is mounted, and tells who else does; null: at none. */
export function useViewers(conversation: string | null): readonly Viewer[] {
	const client = useMuster();
	const me = useSession()?.user.id;
	const [viewers, setViewers] = useState(NOBODY);
	useEffect(() => {
		if (conversation === null) return;
		const stop = watchViewers(client, conversation, setViewers);
		return () => {
			stop();
			setViewers(NOBODY);
		};
	}, [client, conversation]);
	return useMemo(() => viewers.filter(({ user }) => user !== me), [viewers, me]);
}

/** The counts of the workspace and of its teams; null until they are known, or while they are not wanted. */
export function useDashboard(wanted = true): Dashboard | null {
	const client = useMuster();
	const [dashboard, setDashboard] = useState<Dashboard | null>(null);
	useEffect(() => {
		if (!wanted) return;
		const stop = watchDashboard(client, setDashboard);
		return () => {
			stop();
			setDashboard(null);
		};
	}, [client, wanted]);
	return dashboard;
}

export interface Me {
	session: SessionInfo;
	presence: Presence | undefined;
	may(permission: string): boolean;
}

/** Oneself; null until the first session is open. */
export function useMe(): Me | null {
	const session = useSession();
	const presence = usePresenceOf(session?.user.id ?? "");
	return useMemo(
		() => session && { session, presence, may: (need: string) => may(session.permissions, need) },
		[session, presence],
	);
}

/** Runs the latest `handler` for each event of that name while the component is mounted. */
export function useMusterEvent<Name extends keyof MusterEvents>(
	name: Name,
	handler: (value: MusterEvents[Name]) => void,
): void {
	const client = useMuster();
	const latest = useRef(handler);
	useEffect(() => {
		latest.current = handler;
	});
	useEffect(() => client.on(name, (value) => latest.current(value)), [client, name]);
}

/* Sessions as people think of them: a browser with three tabs is one device. */

import type { ActivityState, Device, DeviceKind, PresenceDevice, SessionItem } from "muster";

export interface SignedInDevice {
	device: Device;
	state: ActivityState;
	/** Of its first session. */
	since: string;
	address: string | undefined;
	/** Whether the asking session is one of its own. */
	current: boolean;
	sessions: string[];
}

const liveliness: readonly ActivityState[] = ["active", "idle", "background"];
const livelier = (a: ActivityState, b: ActivityState) =>
	liveliness.indexOf(a) <= liveliness.indexOf(b) ? a : b;

export interface DevicesOfKind {
	kind: DeviceKind;
	/** Of the liveliest. */
	state: ActivityState;
	count: number;
}

/** One entry for each kind, in the order in which they came. */
export function kindsOf(devices: readonly PresenceDevice[]): DevicesOfKind[] {
	const kinds = new Map<DeviceKind, DevicesOfKind>();
	for (const { kind, state } of devices) {
		const known = kinds.get(kind);
		kinds.set(
			kind,
			known
				? { kind, state: livelier(known.state, state), count: known.count + 1 }
				: { kind, state, count: 1 },
		);
	}
	return [...kinds.values()];
}

/* RFC 3339 in UTC sorts as text. */
const earlier = (a: string, b: string) => (a.localeCompare(b) <= 0 ? a : b);

function joined(known: SignedInDevice, item: SessionItem): SignedInDevice {
	return {
		device: known.device,
		state: livelier(known.state, item.state),
		since: earlier(known.since, item.connected_at),
		address: known.address ?? item.address,
		current: known.current || item.current,
		sessions: [...known.sessions, item.session],
	};
}

/** This device first, the others by how long they are here. */
export function devicesOf(items: readonly SessionItem[]): SignedInDevice[] {
	const devices = new Map<string, SignedInDevice>();
	for (const item of items) {
		const { device, state, connected_at, address, current, session } = item;
		const known = devices.get(device.id);
		const own = { device, state, since: connected_at, address, current, sessions: [session] };
		devices.set(device.id, known ? joined(known, item) : own);
	}
	return [...devices.values()].sort(
		(a, b) => Number(b.current) - Number(a.current) || a.since.localeCompare(b.since),
	);
}

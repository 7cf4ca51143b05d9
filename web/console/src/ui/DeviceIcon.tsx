import type { ActivityState, DeviceKind } from "muster";
import type { ReactNode } from "react";

const shapes: Readonly<Record<DeviceKind, ReactNode>> = {
	web: (
		<>
			<rect x="1.75" y="2.75" width="12.5" height="10.5" rx="1.75" />
			<path d="M2 6h12M4.2 4.4h.1M6.2 4.4h.1" />
		</>
	),
	mobile: (
		<>
			<rect x="4.25" y="1.5" width="7.5" height="13" rx="1.75" />
			<path d="M7.2 12.2h1.6" />
		</>
	),
	desktop: (
		<>
			<rect x="1.75" y="2.5" width="12.5" height="8.5" rx="1.5" />
			<path d="M5.5 13.75h5M8 11.2v2.4" />
		</>
	),
	api: <path d="M5.2 4.2 1.6 8l3.6 3.8M10.8 4.2 14.4 8l-3.6 3.8" />,
};

const kindNames: Readonly<Record<DeviceKind, string>> = {
	web: "Browser",
	mobile: "Phone",
	desktop: "Desktop app",
	api: "Program",
};

const stateNames: Readonly<Record<ActivityState, string>> = {
	active: "active",
	idle: "idle",
	background: "in the background",
};

export const deviceText = (kind: DeviceKind, state: ActivityState): string =>
	`${kindNames[kind] ?? kind}, ${stateNames[state] ?? state}`;

interface Props {
	kind: DeviceKind;
	state: ActivityState;
	/** How many there are of it. */
	count?: number;
}

export function DeviceIcon({ kind, state, count = 1 }: Props) {
	const one = deviceText(kind, state);
	const text = count > 1 ? `${count} × ${one}` : one;
	return (
		<span className="device-icon" data-state={state} title={text}>
			<svg viewBox="0 0 16 16" role="img" aria-label={text}>
				{shapes[kind] ?? shapes.api}
			</svg>
			{count > 1 && (
				<span className="device-count" aria-hidden="true">
					{count}
				</span>
			)}
		</span>
	);
}

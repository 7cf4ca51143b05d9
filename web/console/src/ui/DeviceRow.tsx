import type { SignedInDevice } from "../lib/devices";
import { DeviceIcon, deviceText } from "./DeviceIcon";
import { Since } from "./Since";
import { useAction } from "./useAction";
import "./devices.css";

interface Props {
	item: SignedInDevice;
	onSignOut(): Promise<void>;
}

export function DeviceRow({ item, onSignOut }: Props) {
	const { device, state, since, address, current, sessions } = item;
	const { busy, error, run } = useAction();
	return (
		<li className="device" data-testid={`device-${device.id}`} data-current={current}>
			<DeviceIcon kind={device.kind} state={state} />
			<div className="device-text">
				<span className="device-name">{device.name || deviceText(device.kind, state)}</span>
				<span className="device-meta">
					{current ? "this device" : state}
					{sessions.length > 1 && ` · ${sessions.length} sessions`} · <Since at={since} />
					{address && ` · ${address}`}
				</span>
				{error && <span className="field-error">{error}</span>}
			</div>
			{!current && (
				<button
					type="button"
					className="button button-small"
					data-testid={`device-sign-out-${device.id}`}
					disabled={busy}
					onClick={() => run(onSignOut)}
				>
					Sign out
				</button>
			)}
		</li>
	);
}

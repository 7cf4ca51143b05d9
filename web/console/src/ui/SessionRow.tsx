import type { SessionItem } from "muster";
import { DeviceIcon, deviceText } from "./DeviceIcon";
import { Since } from "./Since";
import { useAction } from "./useAction";
import "./sessions.css";

interface Props {
	item: SessionItem;
	onRevoke(): Promise<void>;
}

export function SessionRow({ item, onRevoke }: Props) {
	const { session, device, state, connected_at, address, current } = item;
	const { busy, error, run } = useAction();
	return (
		<li className="session" data-testid={`session-${session}`} data-current={current}>
			<DeviceIcon kind={device.kind} state={state} />
			<div className="session-text">
				<span className="session-name" title={deviceText(device.kind, state)}>
					{device.name || deviceText(device.kind, state)}
				</span>
				<span className="session-meta">
					{current ? "this one" : state} · <Since at={connected_at} />
					{address && ` · ${address}`}
				</span>
				{error && <span className="field-error">{error}</span>}
			</div>
			{!current && (
				<button
					type="button"
					className="button button-small"
					data-testid={`session-revoke-${session}`}
					disabled={busy}
					onClick={() => run(onRevoke)}
				>
					Sign out
				</button>
			)}
		</li>
	);
}

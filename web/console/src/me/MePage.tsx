/* The agent's own page: what others see, the toggle with note and end, the colleagues, the devices. */

import type { Me } from "muster/react";
import { statusOptions } from "../lib/statuses";
import { useTeams } from "../lib/useTeams";
import { Colleagues } from "./Colleagues";
import { DeviceList } from "./DeviceList";
import { StatusCard } from "./StatusCard";
import { StatusPanel } from "./StatusPanel";
import "./me.css";

export function MePage({ me }: { me: Me }) {
	const { session, presence } = me;
	const options = statusOptions(session.settings.statuses);
	const teams = useTeams();

	return (
		<div className="me">
			<h1 className="visually-hidden">My status</h1>
			<div className="me-main">
				<StatusCard name={session.user.name} presence={presence} options={options} />
				{me.may("presence.self") && session.chosen && (
					<StatusPanel chosen={session.chosen} options={options} />
				)}
			</div>
			<div className="me-side">
				<Colleagues me={session.user.id} teams={teams} options={options} />
				{/* Somebody's devices are their own business. */}
				{!session.view_as && <DeviceList user={session.user.id} />}
			</div>
		</div>
	);
}

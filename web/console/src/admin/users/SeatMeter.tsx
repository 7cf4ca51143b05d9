import type { Seats } from "muster";
import { counted } from "../../lib/text";
import { useAnswer } from "../../lib/useAnswer";

const changesSeats = (type: string) => type === "seats.changed";

/** How many of the plan's seats are taken. */
export function SeatMeter() {
	const seats = useAnswer<Seats>("seats.get", changesSeats);
	if (!seats) return null;
	const { used, limit, plan } = seats;
	const of =
		limit === null ? counted(used, "seat", "seats") : `${used} of ${counted(limit, "seat", "seats")}`;
	return (
		<p className="seats" data-testid="seats" data-used={used} data-limit={limit ?? ""}>
			{limit !== null && (
				<meter min={0} max={limit} high={limit - 0.5} optimum={0} value={used} aria-hidden />
			)}
			{of} taken{plan && ` · ${plan}`}
		</p>
	);
}

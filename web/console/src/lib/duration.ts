/* Spans of time and points in time, as people read them. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (value: number) => String(value).padStart(2, "0");

/** For a clock that ticks: 0:42, 12:07, 1:04:10, 2 d 3 h. */
export function ticking(ms: number): string {
	const span = Math.max(0, ms);
	const hours = Math.floor(span / HOUR);
	const minutes = Math.floor((span % HOUR) / MINUTE);
	const seconds = Math.floor((span % MINUTE) / 1_000);
	if (span >= DAY) return `${Math.floor(span / DAY)} d ${hours % 24} h`;
	if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds)}`;
	return `${minutes}:${two(seconds)}`;
}

/** For a sentence: "less than a minute", "12 min", "1 h 4 min", "2 days". */
export function spoken(ms: number): string {
	const span = Math.max(0, ms);
	if (span < MINUTE) return "less than a minute";
	if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
	if (span < DAY) {
		const minutes = Math.floor((span % HOUR) / MINUTE);
		return `${Math.floor(span / HOUR)} h${minutes ? ` ${minutes} min` : ""}`;
	}
	const days = Math.floor(span / DAY);
	return days === 1 ? "1 day" : `${days} days`;
}

/** Time still to go: the minute that has begun counts. */
export const remaining = (ms: number): string => (ms < MINUTE ? spoken(ms) : spoken(ms + MINUTE - 1));

/** Hours and minutes of that moment in local time; with the day unless it is today or this night. */
export function clockTime(at: Date, now: Date): string {
	const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
	const near = Math.abs(at.getTime() - now.getTime()) < 12 * HOUR;
	if (near || at.toDateString() === now.toDateString()) return time;
	return `${at.toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short" })}, ${time}`;
}

/** The next moment at which a wall clock shows `hhmm`; null if that is no time. */
export function nextAt(hhmm: string, now: Date): Date | null {
	const match = /^(\d{1,2}):(\d{2})$/.exec(hhmm);
	const hours = Number(match?.[1]);
	const minutes = Number(match?.[2]);
	if (!match || hours > 23 || minutes > 59) return null;
	const at = new Date(now);
	at.setHours(hours, minutes, 0, 0);
	if (at <= now) at.setDate(at.getDate() + 1);
	return at;
}

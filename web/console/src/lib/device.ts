/* What this browser calls itself to the hub, and by what it is known again. */

import type { Device, DeviceKind } from "muster";

const KEY = "muster.device";

const browsers: ReadonlyArray<[RegExp, string]> = [
	[/\bEdg(e|A|iOS)?\//, "Edge"],
	[/\bOPR\//, "Opera"],
	[/\b(Firefox|FxiOS)\//, "Firefox"],
	[/\b(Chrome|CriOS|Chromium|HeadlessChrome)\//, "Chrome"],
	[/\bSafari\//, "Safari"],
];

/* iPhone before Mac, Android before Linux: they name both. */
const systems: ReadonlyArray<[RegExp, string]> = [
	[/iPhone|iPod/, "iPhone"],
	[/iPad/, "iPad"],
	[/Android/, "Android"],
	[/Windows/, "Windows"],
	[/Mac OS X|Macintosh/, "macOS"],
	[/CrOS/, "ChromeOS"],
	[/Linux|X11/, "Linux"],
];

export function browserName(userAgent: string): string {
	const found = (rows: ReadonlyArray<[RegExp, string]>) =>
		rows.find(([pattern]) => pattern.test(userAgent))?.[1];
	return `${found(browsers) ?? "Browser"} on ${found(systems) ?? "unknown system"}`;
}

/** Phones name themselves; a tablet is used like a desk. */
export const browserKind = (userAgent: string): DeviceKind =>
	/\bMobile\b/.test(userAgent) && !/\biPad\b/.test(userAgent) ? "mobile" : "web";

/** The same for all tabs of this browser, and after a reload. */
export function thisDevice(): Device {
	let id = localStorage.getItem(KEY);
	if (!id) {
		id = `d-${[...crypto.getRandomValues(new Uint8Array(9))].map((byte) => byte.toString(36)).join("")}`;
		localStorage.setItem(KEY, id);
	}
	const { userAgent } = navigator;
	return { id, kind: browserKind(userAgent), name: browserName(userAgent) };
}

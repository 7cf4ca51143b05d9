/* What this browser calls itself to the hub, and by what it is known again. */

import type { Device } from "muster";

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

/** The same for all tabs of this browser, and after a reload. */
export function thisDevice(): Device {
	let id = localStorage.getItem(KEY);
	if (!id) {
		id = `d-${[...crypto.getRandomValues(new Uint8Array(9))].map((byte) => byte.toString(36)).join("")}`;
		localStorage.setItem(KEY, id);
	}
	return { id, kind: "web", name: browserName(navigator.userAgent) };
}

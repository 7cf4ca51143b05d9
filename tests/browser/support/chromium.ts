/* Which Chromium, and how it is started. */

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Browser, chromium } from "@playwright/test";

export const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const chromiumArgs = [
	"--headless",
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

/*
 * Timers of a hidden page run once a second, and once a minute after the grace period, which is five minutes
 * (ten seconds for a page that had loaded fully) unless it is set.
 */
const THROTTLE_AT_ONCE = "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1";

/**
 * A browser whose tabs hide each other, with all the throttling that hidden tabs get. The test runner tells the
 * pages of browsers that it starts itself to believe that they are always in front; this one starts as a person's.
 */
export async function withHidingTabs(use: (browser: Browser) => Promise<void>): Promise<void> {
	const profile = await mkdtemp(join(tmpdir(), "muster-chromium-"));
	const args = [...chromiumArgs, THROTTLE_AT_ONCE, `--user-data-dir=${profile}`, "--remote-debugging-port=0"];
	const program = spawn(chromiumPath, [...args, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
	const ended = new Promise((resolve) => program.once("exit", resolve));
	try {
		const browser = await chromium.connectOverCDP(await debuggingAddress(program.stderr), {
			noDefaults: true,
		});
		await use(browser);
		await browser.close();
	} finally {
		program.kill();
		await ended;
		await rm(profile, { recursive: true, force: true, maxRetries: 5 });
	}
}

async function debuggingAddress(output: NodeJS.ReadableStream): Promise<string> {
	const lines = createInterface(output);
	for await (const line of lines) {
		const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
		if (!address) continue;
		output.resume();
		return address;
	}
	throw new Error(`${chromiumPath} ended before it could be connected to.`);
}

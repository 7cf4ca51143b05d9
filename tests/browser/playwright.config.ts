/*
 * The console and the SDK against a real hub, in Debian's Chromium. Each test has a hub of its own, so all of
 * them may run beside each other; the one that really waits for two minutes sorts early and runs beside the rest.
 *
 * No "type": "module" here: the runner needs a newer Node than Debian's first to load ES modules in TypeScript.
 */

import { defineConfig } from "@playwright/test";
import { chromiumArgs, chromiumPath } from "./support/chromium";

export default defineConfig({
	testDir: "specs",
	outputDir: "../../build/browser",
	fullyParallel: true,
	workers: 3,
	forbidOnly: true,
	timeout: 60_000,
	/* Less than the 15 s after which a lost connection shows: what waits for that longer is told apart. */
	expect: { timeout: 10_000 },
	reporter: "list",
	use: {
		browserName: "chromium",
		headless: true,
		launchOptions: { executablePath: chromiumPath, args: chromiumArgs },
		screenshot: "only-on-failure",
		/* What the browser's language would change must not change between machines. */
		locale: "en-GB",
		timezoneId: "UTC",
	},
});

/*
 * What a test is given: a hub of its own and people's devices. After each test no page may have complained of
 * anything: no error or warning on the console, no exception, no violation of the content policy.
 */

import { type Browser, type BrowserContext, test as base, expect } from "@playwright/test";
import { Hub, type HubOptions } from "./hub";
import { record } from "./recorder";
import { type Route, Tab } from "./tab";
import { type Template, WORKSPACE, withTemplate } from "./template";

/** What the pages of a test complain of. */
export class Complaints {
	readonly #heard: string[] = [];
	readonly #allowed: RegExp[] = [];

	/** For a test that brings it about. */
	allow(pattern: RegExp): void {
		this.#allowed.push(pattern);
	}

	listen(context: BrowserContext): void {
		context.on("console", (message) => {
			if (["error", "warning", "assert"].includes(message.type())) this.#heard.push(message.text());
		});
		context.on("weberror", (error) => this.#heard.push(String(error.error())));
	}

	unexpected(): string[] {
		return this.#heard.filter((text) => !this.#allowed.some((pattern) => pattern.test(text)));
	}
}

export interface DeviceOptions {
	/** A phone-sized window with a touch screen. */
	phone?: boolean;
	/** Another browser than the usual one, to use the only context that it has. */
	browser?: Browser;
}

/** One browser of one person: its tabs share what it stores, as a real one's do. */
export class Device {
	readonly context: BrowserContext;
	readonly token: string;
	readonly #url: string;

	constructor(context: BrowserContext, url: string, token: string) {
		this.context = context;
		this.#url = url;
		this.token = token;
	}

	async tab(route: Route = "#/"): Promise<Tab> {
		const tab = new Tab(await this.context.newPage());
		await tab.open(this.#url, route);
		return tab;
	}
}

const PHONE = { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

export class Devices {
	readonly #browser: Browser;
	readonly #hub: Hub;
	readonly #complaints: Complaints;
	readonly #contexts: BrowserContext[] = [];

	constructor(browser: Browser, hub: Hub, complaints: Complaints) {
		this.#browser = browser;
		this.#hub = hub;
		this.#complaints = complaints;
	}

	/** A browser that nobody is signed in on. */
	async blank(options: DeviceOptions = {}): Promise<BrowserContext> {
		const context =
			options.browser?.contexts()[0] ?? (await this.#browser.newContext(options.phone ? PHONE : {}));
		this.#contexts.push(context);
		this.#complaints.listen(context);
		await context.addInitScript(record);
		return context;
	}

	/** A browser that this person has signed in on before. */
	async of(user: string, options: DeviceOptions = {}): Promise<Device> {
		const token = await this.#hub.signIn(user);
		const context = await this.blank(options);
		await context.addInitScript(signInOnce, JSON.stringify({ token, workspace: WORKSPACE }));
		return new Device(context, this.#hub.url, token);
	}

	async closeAll(): Promise<void> {
		for (const context of this.#contexts) await context.close();
	}
}

/* Runs inside the page. Only once, or else who signs out would be in again after a reload. */
function signInOnce(auth: string): void {
	if (location.protocol !== "http:" || localStorage.getItem("test.signed-in")) return;
	localStorage.setItem("muster.auth", auth);
	localStorage.setItem("test.signed-in", "yes");
}

interface Given {
	hubOptions: HubOptions;
	hub: Hub;
	complaints: Complaints;
	devices: Devices;
}

export const test = base.extend<Given, { template: Template }>({
	// biome-ignore lint/correctness/noEmptyPattern: the runner reads what a fixture needs from this pattern
	template: [async ({}, use) => withTemplate(use), { scope: "worker" }],
	hubOptions: [{}, { option: true }],
	hub: async ({ template, hubOptions }, use, info) => {
		const hub = await Hub.make(template, hubOptions);
		await use(hub);
		if (info.status !== info.expectedStatus) await info.attach("hub.log", { body: hub.log.join("\n") });
		await hub.finish();
	},
	complaints: [
		// biome-ignore lint/correctness/noEmptyPattern: as above
		async ({}, use) => {
			const complaints = new Complaints();
			await use(complaints);
			expect(complaints.unexpected()).toEqual([]);
		},
		{ auto: true },
	],
	devices: async ({ browser, hub, complaints }, use) => {
		const devices = new Devices(browser, hub, complaints);
		await use(devices);
		await devices.closeAll();
	},
});

export { expect };

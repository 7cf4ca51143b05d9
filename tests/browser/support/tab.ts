/* One tab with the console, by the hooks that the console has for tests. */

import { expect, type Locator, type Page } from "@playwright/test";
import type { Seen } from "./recorder";

export type Route = `#/${string}`;

/* Attempts that fail are followed by waits of up to 1, 2 and 4 s: as far as any test lets it come. */
export const RECONNECT_MS = 10_000;

export class Tab {
	readonly page: Page;
	/** WebSockets that the page has opened so far. */
	sockets = 0;
	readonly #arrived = new Set<(message: string) => void>();

	constructor(page: Page) {
		this.page = page;
		page.on("websocket", (socket) => {
			this.sockets++;
			socket.on("framereceived", ({ payload }) => {
				for (const tell of [...this.#arrived]) tell(String(payload));
			});
		});
	}

	async open(url: string, route: Route): Promise<void> {
		await this.page.goto(`${url}/${route}`);
		await this.live();
	}

	/** Connected, and everything on the page is there to be used. */
	async live(): Promise<void> {
		const state = this.page.getByTestId("conn-state");
		await expect(state).toHaveAttribute("data-state", "live", { timeout: RECONNECT_MS });
	}

	/** Where the page shows that person's status: "me" for oneself, on either page for somebody else. */
	person(user: string): Locator {
		if (user === "me") return this.page.getByTestId("status-current");
		return this.page.locator(`[data-testid="person-${user}"], [data-testid="colleague-${user}"]`);
	}

	async expect(user: string, status: string): Promise<void> {
		await expect(this.person(user)).toHaveAttribute("data-status", status);
	}

	/** Clicks, and does not wait for what comes of it. */
	async toggle(status: string): Promise<void> {
		await this.page.getByTestId(`status-option-${status}`).click();
	}

	/** The statuses that this page has shown for that person so far, in order. */
	async shown(user: string): Promise<Array<string | null>> {
		return (await this.#seen(user)).map(({ status }) => status);
	}

	async #seen(user: string): Promise<Seen[]> {
		const ids = user === "me" ? ["status-current"] : [`person-${user}`, `colleague-${user}`];
		const { seen } = await this.page.evaluate(() => window.records);
		return seen.filter(({ id }) => ids.includes(id));
	}

	/** When this page showed that status of that person first, at or after a moment; NaN if it did not. */
	async shownAt(user: string, status: string, since: number): Promise<number> {
		const found = (await this.#seen(user)).find((one) => one.status === status && one.at >= since);
		return found?.at ?? Number.NaN;
	}

	async lastClick(): Promise<number> {
		return (await this.page.evaluate(() => window.records.clicks.at(-1))) ?? Number.NaN;
	}

	/**
	 * Answers when the hub has said this often from now on that it has nothing to say, which it does once per ping
	 * interval: the way to let time pass by what happens and not by a clock.
	 */
	quietPings(count: number): Promise<void> {
		let left = count;
		return new Promise((resolve) => {
			const tell = (message: string) => {
				if (!message.includes('"method":"ping"') || --left > 0) return;
				this.#arrived.delete(tell);
				resolve();
			};
			this.#arrived.add(tell);
		});
	}
}

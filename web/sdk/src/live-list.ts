/*
 * A list of the hub that stays true while it is looked at: taken whole, page by page, and changed from then on by
 * the same events that change the hub's own. Events that come while pages are under way follow once all are there;
 * each says how things are from then on, so that one which a page shows already does no harm.
 */

import type { MusterClient } from "./client";
import { after, cancel, type Timer, throwLater } from "./host";
import type { Page, Params, ServerEvent } from "./types";

export interface ListKind<Item extends { id: string }> {
	/** The command that answers pages of it. */
	method: string;
	/** What it is asked for, where that takes several answers to put together. */
	queries?: readonly Params[];
	/** Puts one row of a page among the items; a row is an item unless this says otherwise. */
	take?(items: Map<string, Item>, row: never): void;
	/** Its events are not told again: it is taken anew with each session, and when some were left out. */
	ephemeral?: boolean;
	/** Changes the items as the event says. False if they can't be told from it: they are taken anew. */
	apply(items: Map<string, Item>, event: ServerEvent, me: string | undefined): boolean;
}

export interface ListView<Item> {
	/** Null until they are known. */
	readonly items: readonly Item[] | null;
	/** Why they could not be had. */
	readonly error: unknown;
}

/* Many changes at once, such as a directory that is synced, are told as one. */
const TELL_AFTER_MS = 30;

export class LiveList<Item extends { id: string }> {
	readonly #client: MusterClient;
	readonly #kind: ListKind<Item>;
	readonly #listeners = new Set<() => void>();
	#items = new Map<string, Item>();
	#view: ListView<Item> = { items: null, error: null };
	/** What came since the pages were asked for; null while none are under way. */
	#meanwhile: ServerEvent[] | null = null;
	#turn = 0;
	#timer: Timer | undefined;
	#ends: Array<() => void> = [];

	constructor(client: MusterClient, kind: ListKind<Item>) {
		this.#client = client;
		this.#kind = kind;
	}

	/** Bound, as is getSnapshot. The list is kept from the first listener to the last. */
	readonly subscribe = (listener: () => void): (() => void) => {
		const own = () => listener();
		this.#listeners.add(own);
		if (this.#listeners.size === 1) this.#start();
		return () => {
			if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#stop();
		};
	};

	/** The same object until something changes. */
	readonly getSnapshot = (): ListView<Item> => this.#view;

	#start(): void {
		this.#ends = [
			this.#client.on("event", (event) => this.#event(event)),
			this.#client.on("resync", () => void this.#load()),
			this.#client.on("connection", ({ phase }) => {
				if (phase === "live" && (this.#kind.ephemeral || this.#view.error !== null)) void this.#load();
			}),
		];
		void this.#load();
	}

	#stop(): void {
		for (const end of this.#ends) end();
		this.#turn++;
		this.#meanwhile = null;
		cancel(this.#timer);
		this.#timer = undefined;
		this.#view = { items: null, error: null };
	}

	async #load(): Promise<void> {
		const turn = ++this.#turn;
		this.#meanwhile = [];
		try {
			const items = await this.#pages(turn);
			if (turn !== this.#turn) return;
			const meanwhile = this.#meanwhile;
			this.#items = items;
			this.#meanwhile = null;
			this.#show({ items: [...items.values()], error: null });
			for (const event of meanwhile) this.#event(event);
		} catch (error) {
			if (turn !== this.#turn) return;
			this.#meanwhile = null;
			this.#show({ items: this.#view.items, error });
		}
	}

	async #pages(turn: number): Promise<Map<string, Item>> {
		const items = new Map<string, Item>();
		for (const query of this.#kind.queries ?? [{}]) {
			let next: string | null = null;
			do {
				const params: Params = next === null ? query : { ...query, after: next };
				const page: Page<unknown> = await this.#client.call(this.#kind.method, params);
				for (const row of page.items) this.#take(items, row);
				next = page.next;
			} while (next !== null && turn === this.#turn);
		}
		return items;
	}

	#take(items: Map<string, Item>, row: unknown): void {
		if (this.#kind.take) this.#kind.take(items, row as never);
		else items.set((row as Item).id, row as Item);
	}

	#event(event: ServerEvent): void {
		if (event.type === "session.skipped") {
			if (this.#kind.ephemeral) void this.#load();
		} else if (this.#meanwhile) this.#meanwhile.push(event);
		else if (this.#view.items === null) return;
		else if (!this.#kind.apply(this.#items, event, this.#client.session?.user.id)) void this.#load();
		else this.#tellSoon();
	}

	#tellSoon(): void {
		this.#timer ??= after(TELL_AFTER_MS, () =>
			this.#show({ ...this.#view, items: [...this.#items.values()] }),
		);
	}

	#show(view: ListView<Item>): void {
		cancel(this.#timer);
		this.#timer = undefined;
		this.#view = view;
		for (const listener of [...this.#listeners]) {
			try {
				listener();
			} catch (error) {
				throwLater(error);
			}
		}
	}
}

type AnyList = LiveList<{ id: string }>;
const shared = new WeakMap<MusterClient, Map<unknown, AnyList>>();

/** The list of that kind that all who look at it share. */
export function liveList<Item extends { id: string }>(
	client: MusterClient,
	kind: ListKind<Item>,
): LiveList<Item> {
	const lists = shared.get(client) ?? new Map<unknown, AnyList>();
	shared.set(client, lists);
	const known = lists.get(kind) as unknown as LiveList<Item> | undefined;
	if (known) return known;
	const made = new LiveList(client, kind);
	lists.set(kind, made as unknown as AnyList);
	return made;
}

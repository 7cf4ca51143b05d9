/* Lists of the hub come in pages; here they are wanted whole. */

import type { Page } from "muster";

export async function allPages<Item>(
	page: (after: { after?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
	const items: Item[] = [];
	let next: string | null | undefined;
	do {
		const got = await page(next ? { after: next } : {});
		items.push(...got.items);
		next = got.next;
	} while (next);
	return items;
}

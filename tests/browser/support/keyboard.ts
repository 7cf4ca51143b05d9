/* Getting about without a mouse. */

import { expect, type Page } from "@playwright/test";

const FARTHEST = 40;

/** Goes from control to control until this one has the focus, and it can be seen that it has. */
export async function tabTo(page: Page, testId: string): Promise<void> {
	const wanted = page.getByTestId(testId);
	for (let n = 0; n < FARTHEST; n++) {
		await page.keyboard.press("Tab");
		if (await wanted.evaluate((element) => element === document.activeElement)) break;
	}
	await expect(wanted).toBeFocused();
	const ringed = () =>
		wanted.evaluate((element) =>
			[element, element.closest("label")].some(
				(shown) => shown !== null && getComputedStyle(shown).outlineStyle === "solid",
			),
		);
	await expect.poll(ringed).toBe(true);
}

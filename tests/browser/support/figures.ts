/* Figures that a test measures beside what it asserts: noted on the test, never a reason to fail. */

import { test } from "@playwright/test";

function quantile(sorted: readonly number[], part: number): number {
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** Milliseconds of several runs of the same thing. */
export function figure(what: string, ms: readonly number[]): void {
	const sorted = [...ms].sort((a, b) => a - b);
	const text = `median ${quantile(sorted, 0.5)} ms, most ${sorted.at(-1)} ms, of ${sorted.length}`;
	test.info().annotations.push({ type: what, description: text });
}

import { describe, expect, it } from "vitest";
import { type Backoff, defaultBackoff, delayBeforeRetry, fullJitter } from "../src/backoff";
import { readClose } from "../src/close";

const backoff: Backoff = { baseMs: 1_000, maxMs: 30_000 };
const highest = () => 0.999_999;
const lowest = () => 0;

describe("full jitter", () => {
	it("spreads over a window that doubles with each failure, up to the maximum", () => {
		const windows = [0, 1, 2, 3, 4, 5, 6, 50].map((failures) => fullJitter(failures, backoff, highest));
		expect(windows).toEqual([999, 1_999, 3_999, 7_999, 15_999, 29_999, 29_999, 29_999]);
	});

	it("reaches down to zero", () => {
		expect([0, 3, 50].map((failures) => fullJitter(failures, backoff, lowest))).toEqual([0, 0, 0]);
	});

	it("stays in its window and uses the whole of it", () => {
		const delays = Array.from({ length: 2_000 }, () => fullJitter(2, backoff, Math.random));
		expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
		expect(Math.max(...delays)).toBeLessThan(4_000);
		const quarters = [0, 1, 2, 3].map((n) => delays.filter((ms) => Math.floor(ms / 1_000) === n).length);
		for (const count of quarters) expect(count).toBeGreaterThan(300);
	});
});

describe("the delay before the next attempt", () => {
	const wait = (code: number, retryAfterMs: number, failures: number, random: () => number) =>
		delayBeforeRetry(
			readClose(code, JSON.stringify({ retry_after_ms: retryAfterMs })),
			failures,
			backoff,
			random,
		);

	it("is never shorter than what the hub advised", () => {
		for (const code of [1006, 1012, 4100, 4101, 4200]) {
			for (const failures of [0, 1, 5]) expect(wait(code, 2_500, failures, lowest)).toBe(2_500);
		}
	});

	it("adds jitter to the advice of an overloaded hub, also the first time", () => {
		expect(wait(4100, 2_500, 0, highest)).toBe(3_499);
	});

	it("is what a draining hub said, and nothing on top", () => {
		expect(wait(4200, 800, 0, highest)).toBe(800);
		expect(wait(4201, 0, 0, highest)).toBe(0);
	});

	it("grows when coming back at once has failed", () => {
		expect(wait(4201, 0, 1, highest)).toBe(1_999);
	});

	it("has a base of a second and a maximum of a quarter of a minute unless told otherwise", () => {
		expect(defaultBackoff).toEqual({ baseMs: 1_000, maxMs: 15_000 });
	});
});

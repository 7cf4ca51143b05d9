import { describe, expect, it } from "vitest";
import { clockTime, nextAt, remaining, spoken, ticking } from "../src/lib/duration";

const S = 1_000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe("ticking", () => {
	it.each([
		[-5 * S, "0:00"],
		[42 * S, "0:42"],
		[12 * M + 7 * S, "12:07"],
		[H + 4 * M + 10 * S, "1:04:10"],
		[D - S, "23:59:59"],
		[2 * D + 3 * H + 59 * M, "2 d 3 h"],
	])("%i ms is %s", (ms, text) => {
		expect(ticking(ms)).toBe(text);
	});
});

describe("spoken", () => {
	it.each([
		[-S, "less than a minute"],
		[59 * S, "less than a minute"],
		[12 * M + 59 * S, "12 min"],
		[H, "1 h"],
		[H + 4 * M, "1 h 4 min"],
		[D, "1 day"],
		[3 * D + H, "3 days"],
	])("%i ms is %s", (ms, text) => {
		expect(spoken(ms)).toBe(text);
	});
});

describe("remaining", () => {
	it.each([
		[30 * M, "30 min"],
		[30 * M - 1, "30 min"],
		[29 * M + 1, "30 min"],
		[40 * S, "less than a minute"],
	])("%i ms is %s", (ms, text) => {
		expect(remaining(ms)).toBe(text);
	});
});

describe("clockTime", () => {
	const now = new Date(2026, 10, 21, 12, 0);

	it("is the time alone for today", () => {
		expect(clockTime(new Date(2026, 10, 21, 14, 5), now)).toBe("14:05");
	});

	it("is the time alone for the night to come", () => {
		const late = new Date(2026, 10, 21, 23, 50);
		expect(clockTime(new Date(2026, 10, 22, 0, 20), late)).toBe("00:20");
	});

	it("names the day if it is another", () => {
		expect(clockTime(new Date(2026, 10, 22, 9, 0), now)).toMatch(/22.*09:00$/);
	});
});

describe("nextAt", () => {
	const now = new Date(2026, 10, 21, 12, 0);

	it("is later today, or else tomorrow", () => {
		expect(nextAt("14:00", now)).toEqual(new Date(2026, 10, 21, 14, 0));
		expect(nextAt("11:59", now)).toEqual(new Date(2026, 10, 22, 11, 59));
		expect(nextAt("12:00", now)).toEqual(new Date(2026, 10, 22, 12, 0));
	});

	it.each(["", "24:00", "12:60", "noon", "12"])("refuses %j", (text) => {
		expect(nextAt(text, now)).toBeNull();
	});
});

import { describe, expect, it } from "vitest";
import { blamesWhatWeSent, readClose } from "../src/close";

describe("close codes", () => {
	it.each([
		[4000, "never"],
		[4003, "never"],
		[4099, "never"],
		[4100, "advised"],
		[4199, "advised"],
		[4200, "at_once"],
		[4299, "at_once"],
		[1000, "backoff"],
		[1001, "backoff"],
		[1006, "backoff"],
		[1011, "backoff"],
		[4300, "backoff"],
	])("%i means: come back %s", (code, comeback) => {
		expect(readClose(code, "").comeback).toBe(comeback);
	});

	it("reads kind and advice from the reason", () => {
		expect(readClose(4200, '{"kind":"draining","retry_after_ms":800}')).toEqual({
			code: 4200,
			kind: "draining",
			retryAfterMs: 800,
			comeback: "at_once",
		});
	});

	it.each(["", "bye", "null", "[]", "17", '{"kind":7,"retry_after_ms":"soon"}', '{"retry_after_ms":-5}'])(
		"knows the kind from the code when the reason is %j",
		(text) => {
			expect(readClose(4002, text)).toMatchObject({ kind: "token_invalid", retryAfterMs: 0 });
		},
	);

	it("has a kind for codes that it does not know", () => {
		expect(readClose(4055, "").kind).toBe("refused");
		expect(readClose(3999, "").kind).toBe("connection_lost");
	});

	it("tells what was caused by our own message", () => {
		expect([1002, 1003, 1007, 1009].every((code) => blamesWhatWeSent(readClose(code, "")))).toBe(true);
		expect(blamesWhatWeSent(readClose(1006, ""))).toBe(false);
	});
});

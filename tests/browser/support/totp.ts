/* One-time passwords as an authenticator app makes them (RFC 6238), for the people of tests. */

import { createHmac } from "node:crypto";

const STEP_MS = 30_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function decode(secret: string): Buffer {
	const bits = [...secret].map((c) => ALPHABET.indexOf(c).toString(2).padStart(5, "0")).join("");
	return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

function codeOf(secret: string, step: number): string {
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(step));
	const mac = createHmac("sha1", decode(secret)).update(counter).digest();
	const offset = (mac.at(-1) ?? 0) & 15;
	return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** An app that shows no code twice: that of this step, then that of the next one, which counts already. */
export class App {
	readonly #secret: string;
	#last = 0;

	/** `shown`: the key as the page shows it. */
	constructor(shown: string) {
		this.#secret = shown.replaceAll(" ", "");
	}

	code(): string {
		const now = Math.floor(Date.now() / STEP_MS);
		this.#last = Math.max(this.#last + 1, now);
		if (this.#last > now + 1) throw new Error("This test takes more codes than are good at one time.");
		return codeOf(this.#secret, this.#last);
	}
}

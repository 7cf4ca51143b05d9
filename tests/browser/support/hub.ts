/*
 * A hub of one's own: the program under test on a free port and a data directory that nobody else has. Whatever a
 * sanitizer has to say about it fails the test.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { environment, muster, WEB } from "./program";
import { emailOf, PASSWORD, runMuster, type Template, WORKSPACE } from "./template";

const READY_MS = 20_000;

/** Options of `muster serve` that differ from their defaults: { ping_interval_ms: 500 }. */
export type HubOptions = Readonly<Record<string, string | number>>;

export class Hub {
	readonly log: string[] = [];
	readonly #home: string;
	readonly #key: string;
	readonly #options: HubOptions;
	#port = 0;
	#process: ChildProcess | undefined;
	#ended: Promise<number | null> | undefined;

	private constructor(home: string, key: string, options: HubOptions) {
		this.#home = home;
		this.#key = key;
		this.#options = options;
	}

	/** A started hub on a copy of the template. */
	static async make(template: Template, options: HubOptions): Promise<Hub> {
		const home = await mkdtemp(join(tmpdir(), "muster-hub-"));
		await cp(template.data, join(home, "data"), { recursive: true });
		await mkdir(join(home, "reports"));
		const hub = new Hub(home, template.key, options);
		await hub.start();
		return hub;
	}

	get url(): string {
		return `http://127.0.0.1:${this.#port}`;
	}

	get socketUrl(): string {
		return `ws://127.0.0.1:${this.#port}/v1/ws`;
	}

	/** Answers when it says that it is ready. A second start uses the same port again. */
	async start(): Promise<void> {
		const options = { listen: `127.0.0.1:${this.#port}`, web: WEB, ...this.#options };
		const words = Object.entries(options).flatMap(([name, value]) => [
			`--${name.replaceAll("_", "-")}`,
			`${value}`,
		]);
		const program = spawn(muster(), ["serve", "--data", join(this.#home, "data"), ...words], {
			stdio: ["ignore", "pipe", "pipe"],
			env: environment(join(this.#home, "reports")),
		});
		this.#process = program;
		this.#ended = new Promise((resolve) => program.once("close", resolve));
		createInterface(program.stderr).on("line", (line) => this.log.push(line));
		this.#port = await this.#readyPort(program.stdout);
	}

	#readyPort(output: NodeJS.ReadableStream): Promise<number> {
		return new Promise((resolve, reject) => {
			const fail = (why: string) => reject(new Error([`The hub ${why}.`, ...this.log].join("\n")));
			const timer = setTimeout(() => fail("is not ready in time"), READY_MS);
			createInterface(output).once("line", (line) => {
				const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
				if (port) resolve(Number(port));
				else fail(`said "${line}" and not where it listens`);
				clearTimeout(timer);
			});
			void this.#ended?.then(() => {
				clearTimeout(timer);
				fail("ended before it was ready");
			});
		});
	}

	/** Holds it in mid-air, or lets it go on: its connections stay as they are. */
	freeze(on: boolean): void {
		this.#process?.kill(on ? "SIGSTOP" : "SIGCONT");
	}

	/** As a power cut would end it. */
	async kill(): Promise<void> {
		this.#process?.kill("SIGKILL");
		await this.#ended;
	}

	/** Ends it and cleans up; fails if it did not end well or a sanitizer had something to say. */
	async finish(): Promise<void> {
		this.freeze(false);
		this.#process?.kill("SIGTERM");
		const code = await this.#ended;
		const reports = join(this.#home, "reports");
		const texts = await Promise.all(
			(await readdir(reports)).map((name) => readFile(join(reports, name), "utf8")),
		);
		await rm(this.#home, { recursive: true, force: true });
		if (code !== 0 || texts.length > 0)
			throw new Error([`The hub ended with ${code}.`, ...texts, ...this.log].join("\n"));
	}

	/** As the platform, by its API key, or as a person by their token; the result. */
	async api<Result = unknown>(
		method: string,
		path: string,
		body: object | null = null,
		token = this.#key,
	): Promise<Result> {
		const answer = await fetch(this.url + path, {
			method,
			headers: { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}) },
			...(body ? { body: JSON.stringify(body) } : {}),
		});
		const text = await answer.text();
		if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
		return JSON.parse(text) as Result;
	}

	/** As the operator, at the command line. */
	tell(...words: string[]): Promise<string> {
		const where = ["--data", join(this.#home, "data"), "--workspace", WORKSPACE];
		return runMuster([...words, ...where], join(this.#home, "reports"));
	}

	/** A token, by the way that the sign-in page takes. */
	async signIn(user: string): Promise<string> {
		const answer = await fetch(`${this.url}/v1/login`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ workspace: WORKSPACE, email: emailOf(user), password: PASSWORD }),
		});
		if (!answer.ok) throw new Error(`${user} can't sign in: ${answer.status} ${await answer.text()}`);
		return ((await answer.json()) as { token: string }).token;
	}
}

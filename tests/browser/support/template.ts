/* The workspace that every hub starts with: made once per worker by the program itself, then copied. */

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environment, muster } from "./program";

export const WORKSPACE = "acme";
export const PASSWORD = "copper lantern 9317";

export interface Template {
	data: string;
	/** The platform's API key. */
	key: string;
}

const teams = [
	{ id: "support", name: "Support" },
	{ id: "sales", name: "Sales" },
];
const people = [
	{ id: "ann", name: "Ann Weber", role: "agent", team: "support" },
	{ id: "bob", name: "Bob Costa", role: "agent", team: "support" },
	{ id: "cat", name: "Cat Moreau", role: "agent", team: "sales" },
	{ id: "sue", name: "Sue Larsen", role: "supervisor", team: "support" },
];

export const emailOf = (user: string): string => `${user}@acme.test`;

export async function withTemplate(use: (template: Template) => Promise<void>): Promise<void> {
	const home = await mkdtemp(join(tmpdir(), "muster-template-"));
	const data = join(home, "data");
	const tell = (words: string[]) => runMuster([...words, "--data", data, "--workspace", WORKSPACE], home);
	try {
		const owner = ["--owner-name", "Olga Reyes", "--owner-email", emailOf("olga"), "--owner-password-stdin"];
		const made = await tell(["init", "--name", "Acme", ...owner]);
		for (const { id, name } of teams) await tell(["team", "add", "--id", id, "--name", name]);
		for (const { id, name, role, team } of people) {
			const person = ["--id", id, "--name", name, "--email", emailOf(id), "--role", role, "--team", team];
			await tell(["user", "add", ...person, "--password-stdin"]);
		}
		await use({ data, key: (JSON.parse(made) as { key: string }).key });
	} finally {
		await rm(home, { recursive: true, force: true });
	}
}

/** The program with these words; answers what it prints, fails if it fails. */
export function runMuster(words: string[], reports: string): Promise<string> {
	return new Promise((resolve, reject) => {
		const program = spawn(muster(), words, { env: environment(reports) });
		let output = "";
		let errors = "";
		program.stdout.on("data", (text) => (output += text));
		program.stderr.on("data", (text) => (errors += text));
		program.once("error", reject);
		program.once("close", (code) => {
			if (code === 0) resolve(output);
			else reject(new Error(`muster ${words.join(" ")} ended with ${code}: ${errors}`));
		});
		program.stdin.end(PASSWORD);
	});
}

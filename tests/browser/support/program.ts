/*
 * The program under test and the console that it serves. MUSTER_PROGRAM names the program; else it is the build with
 * sanitizers, or the release build.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../../..");
const builds = ["build/asan-ubsan/muster", "build/release/muster"].map((path) => join(root, path));

export const WEB = join(root, "web/dist");
export const SDK = join(WEB, "sdk/muster.js");

export function muster(): string {
	const program = process.env.MUSTER_PROGRAM ?? builds.find((path) => existsSync(path));
	if (!program) throw new Error(`There is no ${builds.join(" and no ")}: build it first.`);
	if (!existsSync(join(WEB, "index.html"))) throw new Error(`There is no console in ${WEB}: build it first.`);
	return program;
}

/**
 * The hub reads its options from the environment too: those of whoever runs the tests are none of its business.
 * Sanitizers write to files in `reports`.
 */
export function environment(reports: string): NodeJS.ProcessEnv {
	const mine = Object.entries(process.env).filter(([name]) => !name.startsWith("MUSTER_"));
	const log = `log_path=${reports}/report`;
	return {
		...Object.fromEntries(mine),
		ASAN_OPTIONS: `${log}:exitcode=99:detect_stack_use_after_return=1:strict_string_checks=1`,
		UBSAN_OPTIONS: `${log}:print_stacktrace=1`,
	};
}

// Hands both documents of the reference to the validators of their standards: node validate.mjs OPENAPI ASYNCAPI
// Prints what is wrong, a line each; exit code 1 if anything is.

import { readFile } from "node:fs/promises";
import process from "node:process";
import asyncapi from "@asyncapi/parser";
import { Validator } from "@seriousme/openapi-schema-validator";

async function checkOpenapi(path) {
	const validator = new Validator();
	const { valid, errors } = await validator.validate(JSON.parse(await readFile(path, "utf8")));

	if (valid && validator.version !== "3.1") return [`it is taken for version ${validator.version}`];
	return valid ? [] : [errors].flat().map((error) => `${error.instancePath ?? ""} ${error.message ?? error}`);
}

async function checkAsyncapi(path) {
	const { document, diagnostics } = await new asyncapi.Parser().parse(await readFile(path, "utf8"));
	// Information, such as that a newer version of the standard exists, is no fault; a warning is.
	const faults = diagnostics.filter(({ severity }) => severity <= 1);

	if (!document && !faults.length) return ["it can't be parsed"];
	return faults.map(({ path: where, message }) => `${where.join("/")} ${message}`);
}

const [openapi, asyncapiPath] = process.argv.slice(2);
const problems = [
	...(await checkOpenapi(openapi)).map((text) => `openapi: ${text}`),
	...(await checkAsyncapi(asyncapiPath)).map((text) => `asyncapi: ${text}`),
];

process.stdout.write(problems.map((problem) => `${problem}\n`).join(""));
process.exitCode = problems.length ? 1 : 0;

/*
 * Takes the picture of the supervisor's board that the README shows: the real console on a hub of its own with the demo
 * workspace, whose people connect, choose and leave while some minutes really pass, so that no time on it is made up.
 *
 *   npm run picture -- [MINUTES] [PICTURE.png]      needs ./dev build
 */

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import WebSocket from "ws";
import { MusterClient } from "../../web/dist/sdk/muster.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const minutes = Number(process.argv[2] ?? 14);
const picture = process.argv[3] ?? join(root, "web/console/docs/board.png");

const WEB = { kind: "web" };
const APP = { kind: "desktop" };
const PHONE = { kind: "mobile" };

/* When (part of the time that passes), who, on which devices, and what they choose then. */
const scenes = [
	{ at: 0.0, who: "ben", on: [WEB, PHONE] },
	{ at: 0.0, who: "pavel", on: [WEB], choose: { status: "training", note: "onboarding the new desk" } },
	{ at: 0.0, who: "dara", on: [WEB] },
	{ at: 0.0, who: "noor", on: [WEB] },
	{ at: 0.05, who: "kofi", on: [APP] },
	{ at: 0.12, who: "ines", on: [WEB, APP] },
	{ at: 0.2, who: "fay", on: [WEB], choose: { status: "available", note: "covering for Lena" } },
	{ at: 0.26, who: "dara", leaves: true },
	{ at: 0.3, who: "hugo", on: [WEB], choose: { status: "lunch", note: "back after the rush", minutes: 30 } },
	{ at: 0.42, who: "mira", on: [WEB], choose: { status: "busy", note: "refund call with Northwind" } },
	{ at: 0.5, who: "noor", leaves: true },
	{ at: 0.55, who: "cleo", on: [WEB, WEB, PHONE] },
	{ at: 0.68, who: "lena", on: [WEB], choose: { status: "away", note: "dentist", minutes: 60 } },
	{ at: 0.8, who: "joon", on: [{ ...WEB, state: "idle" }] },
	{ at: 0.9, who: "emil", on: [APP], choose: { status: "busy", note: "demo for Halden" } },
	{ at: 0.97, who: "ada", on: [WEB] },
];

const home = mkdtempSync(join(tmpdir(), "muster-picture-"));
const data = join(home, "demo");
execFileSync("tests/tools/demo.sh", ["make", data], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
const password = readFileSync(join(data, "demo-password"), "utf8").trim();

const serve = ["serve", "--data", data, "--listen", "127.0.0.1:0", "--web", join(root, "web/dist")];
const hub = spawn(join(root, "build/release/muster"), serve, { stdio: ["ignore", "pipe", "inherit"] });
const ready = await new Promise((resolve) => createInterface(hub.stdout).once("line", resolve));
const url = /http:\S+/.exec(ready)[0];

async function signIn(user) {
	const answer = await fetch(`${url}/v1/login`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ workspace: "demo", email: `${user}@demo.test`, password }),
	});
	if (!answer.ok) throw new Error(`${user} can't sign in: ${answer.status} ${await answer.text()}`);
	return (await answer.json()).token;
}

const clients = new Map();

function leave(who) {
	for (const client of clients.get(who)) client.close();
}

async function come({ who, on, choose }) {
	clients.set(who, []);
	const token = await signIn(who);
	for (const [n, { kind, state }] of on.entries()) {
		const device = { id: `d-${who}-${n}`, kind, name: kind };
		const client = new MusterClient({
			url: `${url.replace("http", "ws")}/v1/ws`,
			token,
			device,
			watch: "none",
			WebSocket,
		});
		clients.get(who).push(client);
		/* Who has two devices accepts on the first of them. */
		if (n === 0)
			client.on("conversation.offered", ({ data }) => {
				if (data.to === who) client.call("conversation.accept", { id: data.conversation }).catch(() => {});
			});
		client.connect();
		await client.ready();
		if (state) client.setActivity(state);
		if (choose && n === 0) {
			const { minutes: lasts, ...choice } = choose;
			const until = lasts ? new Date(Date.now() + lasts * 60_000).toISOString() : null;
			await client.call("presence.set", { ...choice, until });
		}
	}
}

async function take(path) {
	const browser = await chromium.launch({
		executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
		args: ["--headless", "--no-sandbox", "--disable-gpu"],
	});
	const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
	await page.goto(url);
	await page.getByTestId("login-workspace").fill("demo");
	await page.getByTestId("login-email").fill("sam@demo.test");
	await page.getByTestId("login-password").fill(password);
	await page.getByTestId("login-submit").click();
	await page.getByTestId("nav-board").click();
	await page.getByTestId("person-ben").waitFor();
	await page.mouse.move(0, 0);
	await page.evaluate(() => document.fonts.ready);
	await page.screenshot({ path, fullPage: true, animations: "disabled" });
	await browser.close();
}

try {
	let passed = 0;
	for (const scene of scenes) {
		await wait((scene.at - passed) * minutes * 60_000);
		passed = scene.at;
		if (scene.leaves) leave(scene.who);
		else await come(scene);
	}
	await wait((1 - passed) * minutes * 60_000);
	await take(picture);
} finally {
	hub.kill();
	rmSync(home, { recursive: true });
}
process.exit();

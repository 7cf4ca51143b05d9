import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));

/* The hub serves the SDK beside the console, as a platform's own page would load it. */
function shipSdk(): Plugin {
	return {
		name: "ship-sdk",
		apply: "build",
		generateBundle() {
			for (const file of ["muster.js", "muster.d.ts"]) {
				const source = readFileSync(join(here, "../sdk/dist", file));
				this.emitFile({ type: "asset", fileName: `sdk/${file}`, source });
			}
		},
	};
}

/* What is bundled is redistributed: its licences go with it. */
function shipLicences(names: string[]): Plugin {
	const licence = (name: string) => {
		const text = readFileSync(join(here, "../node_modules", name, "LICENSE"), "utf8");
		return `${name}\n\n${text.trim()}\n`;
	};
	return {
		name: "ship-licences",
		apply: "build",
		generateBundle() {
			const source = names.map(licence).join("\n\n");
			this.emitFile({ type: "asset", fileName: "assets/licences.txt", source });
		},
	};
}

export default defineConfig({
	plugins: [
		shipSdk(),
		shipLicences(["react", "react-dom", "scheduler", "@fontsource-variable/hanken-grotesk"]),
	],
	resolve: { conditions: ["source", ...defaultClientConditions] },
	esbuild: { jsx: "automatic" },
	build: {
		outDir: "../dist",
		emptyOutDir: true,
		target: "es2022",
		/* The hub's content policy allows no data: address for fonts and no inline script. */
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
	},
	server: {
		proxy: { "/v1": { target: process.env.MUSTER_URL ?? "http://127.0.0.1:8080", ws: true } },
	},
});

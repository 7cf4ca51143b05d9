import { dts } from "rollup-plugin-dts";

/* One file of types beside each module, so that a page can use both without a package manager. */
export default {
	input: { muster: "src/index.ts", react: "src/react/index.ts" },
	output: { dir: "dist", format: "es", entryFileNames: "[name].d.ts" },
	external: ["react", "muster"],
	plugins: [dts({ tsconfig: "tsconfig.json" })],
};

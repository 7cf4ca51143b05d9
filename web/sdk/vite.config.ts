import { defineConfig } from "vite";

/* Unminified: whoever embeds it reads it, and compresses it together with their own code. */
export default defineConfig({
	build: {
		target: "es2022",
		minify: false,
		lib: {
			entry: { muster: "src/index.ts", react: "src/react/index.ts" },
			formats: ["es"],
		},
		rollupOptions: { external: ["react", "muster"] },
	},
});

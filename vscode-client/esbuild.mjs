// Bundles the extension (for the extension host) and the chat page (for its webview).
import { build, context } from "esbuild";

const common = { bundle: true, sourcemap: process.argv.includes("--watch"), minify: !process.argv.includes("--watch"), logLevel: "info" };
const bundles = [
  { ...common, entryPoints: ["src/extension.ts"], outfile: "dist/extension.js", platform: "node", target: "node20", format: "cjs", external: ["vscode"] },
  { ...common, entryPoints: ["src/chat/page/main.ts"], outfile: "dist/chat.js", platform: "browser", target: "es2022", format: "iife" },
  { ...common, entryPoints: ["test/host/index.ts"], outfile: "dist/host-tests.js", platform: "node", target: "node20", format: "cjs", external: ["vscode", "mocha"], minify: false, sourcemap: "inline" },
];

if (process.argv.includes("--watch")) {
  await Promise.all(bundles.map(async (each) => (await context(each)).watch()));
} else {
  await Promise.all(bundles.map((each) => build(each)));
}

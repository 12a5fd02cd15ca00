import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Unit tests run without an editor, with a stub of its API.
const vscode = fileURLToPath(new URL("test/unit/vscode.ts", import.meta.url));

export default defineConfig({ test: { include: ["test/unit/**/*.test.ts"], alias: { vscode } } });

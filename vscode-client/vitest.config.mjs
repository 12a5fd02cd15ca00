import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// There is no editor here: a test says what it has.
const vscode = fileURLToPath(new URL("test/unit/vscode.ts", import.meta.url));

export default defineConfig({ test: { include: ["test/unit/**/*.test.ts"], alias: { vscode } } });

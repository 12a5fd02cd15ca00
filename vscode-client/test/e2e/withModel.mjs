// Generating a config with a model: the diff of both versions, the choice, the file on disk.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./workbench.mjs";

export async function generatesWithModel({ workbench, page, config, lap, shot }) {
  const file = join(config.workspace, ".gitpod.yml");
  await page.locator(".statusbar-item a[aria-label*='Fieldguide: ready']").waitFor();
  await workbench.command("Fieldguide: Generate Config with the Model");
  await workbench.pick(".gitpod.yml");
  await page.locator(".tab.active", { hasText: "without model ↔ with scripted" }).waitFor();
  await page.locator(".diff-editor-modified .view-line, .editor.modified .view-line", { hasText: "npm run seed" }).first().waitFor();
  await shot("with-model");
  lap("both versions are side by side");
  assert.ok(!existsSync(file));
  await page.locator(".notification-toast a.monaco-button", { hasText: "Use with additions" }).click();
  await page.locator('.editor-instance .monaco-editor[data-uri$="shop/.gitpod.yml"] .view-line', { hasText: "npm run seed" }).waitFor();
  await shot("with-model-written");
  await until(
    async () => {
      await workbench.command("File: Save All Files");
    },
    async () => assert.match(readFileSync(file, "utf8"), /npm run seed/),
  );
  lap("the file is on disk");
}

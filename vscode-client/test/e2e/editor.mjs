// Hovers, code actions, and the restart of a killed server.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ready } from "./navigation.mjs";
import { until } from "./workbench.mjs";

export async function hovers({ workbench, page, lap, shot }) {
  await workbench.openFile("checkout.py");
  await workbench.goTo(10, 28);
  await workbench.hover("prices.py");
  await shot("hover");
  await page.keyboard.press("Escape");
  lap("the hover names the definition");
}

async function onDisk({ page, config }, name, pattern) {
  await until(
    () => page.waitForTimeout(100),
    async () => assert.match(readFileSync(join(config.workspace, name), "utf8"), pattern),
  );
}

/** Generates a new file with a code action. */
export async function generates(journey) {
  const { workbench, page, config, lap, shot } = journey;
  await workbench.openFile("pyproject.toml");
  await workbench.codeAction(() => page.keyboard.press("Control+."), "Generate .gitpod.yml", () => shot("bulb"));
  await page.locator(".tab.active", { hasText: ".gitpod.yml" }).waitFor();
  await workbench.editor(".gitpod.yml").locator(".view-line", { hasText: "tasks:" }).waitFor();
  await shot("config");
  await onDisk(journey, ".gitpod.yml", /tasks:/);
  copyFileSync(join(config.workspace, ".gitpod.yml"), join(config.workspace, "..", "generated.yml")); // the next step changes the original
  lap("the config is on disk");
}

/** Updates an existing file, which changes only after the preview is confirmed. */
export async function updates(journey) {
  const { workbench, page, config, lap, shot } = journey;
  const file = join(config.workspace, ".gitpod.yml");
  const mine = "# mine\ntasks:\n  - init: npm install\n    command: npm run dev\n";
  const manifest = { scripts: { dev: "vite" }, devDependencies: { vite: "5" } };
  writeFileSync(join(config.workspace, "package.json"), JSON.stringify(manifest));
  writeFileSync(file, mine);
  const editor = await workbench.openFile(".gitpod.yml");
  await editor.locator(".view-line", { hasText: "npm" }).first().waitFor();
  await workbench.codeAction(() => page.keyboard.press("Control+."), "Update .gitpod.yml");
  const apply = page.locator(".part.panel").getByRole("button", { name: "Apply" });
  await apply.waitFor();
  assert.equal(readFileSync(file, "utf8"), mine);
  await page.locator(".part.panel .monaco-list-row .edit-checkbox").first().click();
  await shot("preview");
  await apply.click();
  await editor.locator(".view-line", { hasText: "5173" }).waitFor();
  await editor.click();
  await page.keyboard.press("Control+S");
  await onDisk(journey, ".gitpod.yml", /# mine[^]*port: 5173/);
  lap("the config is updated after a preview");
}

export async function restartsKilledServer(journey) {
  const { workbench, page, config, lap } = journey;
  execFileSync("pkill", ["-9", "-f", config.serverPattern]);
  await page.locator(".statusbar-item a[aria-label*='Fieldguide: not running']").waitFor();
  lap("the server is killed");
  await ready(journey);
  await workbench.openFile("checkout.py");
  await workbench.goTo(10, 28);
  await workbench.hover("prices.py");
  lap("the server is restarted");
}

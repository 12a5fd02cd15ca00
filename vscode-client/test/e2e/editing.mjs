// What stands in the editor: hovers, code actions, and a server that dies behind it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ready } from "./finding.mjs";
import { until } from "./workbench.mjs";

export async function hovers({ workbench, page, lap, shot }) {
  await workbench.openFile("checkout.py");
  await workbench.goTo(10, 28);
  await workbench.hover("prices.py");
  await shot("hover");
  await page.keyboard.press("Escape");
  lap("the hover names the definition");
}

async function onDisk({ page, told }, name, pattern) {
  await until(
    () => page.waitForTimeout(100),
    async () => assert.match(readFileSync(join(told.workspace, name), "utf8"), pattern),
  );
}

/** By the menu of the light bulb: a file that was not there. */
export async function generates(tour) {
  const { workbench, page, told, lap, shot } = tour;
  await workbench.openFile("pyproject.toml");
  await workbench.codeAction(() => page.keyboard.press("Control+."), "Generate .gitpod.yml", () => shot("bulb"));
  await page.locator(".tab.active", { hasText: ".gitpod.yml" }).waitFor();
  await workbench.editor(".gitpod.yml").locator(".view-line", { hasText: "tasks:" }).waitFor();
  await shot("config");
  await onDisk(tour, ".gitpod.yml", /tasks:/);
  copyFileSync(join(told.workspace, ".gitpod.yml"), join(told.workspace, "..", "generated.yml")); // the next step changes it
  lap("the config is on disk");
}

/** A file that is there changes only after its preview was confirmed. */
export async function updates(tour) {
  const { workbench, page, told, lap, shot } = tour;
  const file = join(told.workspace, ".gitpod.yml");
  const mine = "# mine\ntasks:\n  - init: npm install\n    command: npm run dev\n";
  const manifest = { scripts: { dev: "vite" }, devDependencies: { vite: "5" } };
  writeFileSync(join(told.workspace, "package.json"), JSON.stringify(manifest));
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
  await onDisk(tour, ".gitpod.yml", /# mine[^]*port: 5173/);
  lap("the config is up to date after a preview");
}

export async function survivesAKill(tour) {
  const { workbench, page, told, lap } = tour;
  execFileSync("pkill", ["-9", "-f", told.serverPattern]);
  await page.locator(".statusbar-item a[aria-label*='Fieldguide: not running']").waitFor();
  lap("the server is gone");
  await ready(tour);
  await workbench.openFile("checkout.py");
  await workbench.goTo(10, 28);
  await workbench.hover("prices.py");
  lap("the server is back");
}

// What people do with the extension, from the outside. Each ends only when the result is seen.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suggests } from "./suggesting.mjs";
import { features } from "./features.mjs";
import { until } from "./workbench.mjs";

async function ready({ workbench, lap }) {
  await workbench.page.locator(".statusbar-item a[aria-label*='Fieldguide: ready']").waitFor();
  lap("the index is ready");
}

async function ask({ workbench, page }, question) {
  const chat = workbench.webview();
  await until(
    () => workbench.command("Fieldguide: Ask"),
    (timeout) => chat.locator("#question").waitFor({ timeout }),
  );
  await chat.locator("#question").fill(question);
  await chat.locator("#send:enabled").waitFor();
  await chat.locator("#question").press("Enter");
  return chat;
}

async function hover(tour) {
  const { workbench, lap, shot } = tour;
  await workbench.openFile("checkout.py");
  await workbench.goTo(10, 28);
  await workbench.hover("prices.py");
  await shot("hover");
  await workbench.page.keyboard.press("Escape");
  lap("the hover names the definition");
}

async function streamsAndCites(tour) {
  const { workbench, page, lap, shot } = tour;
  const chat = await ask(tour, "Where is the cookie signed?");
  await chat.locator("article[aria-busy=true]", { hasText: "The cookie is" }).waitFor();
  lap("the answer streams");
  const chip = chat.locator("article[aria-busy=false] .chip", { hasText: "sessions.py" }).first();
  await chip.waitFor();
  await chat.locator("footer", { hasText: "1 of 1 citations verified" }).waitFor();
  await shot("answer");
  await chip.click();
  const editor = page.locator('.editor-instance .monaco-editor[data-uri$="sessions.py"]');
  await editor.locator(".view-line", { hasText: /def.sign_cookie/ }).waitFor();
  lap("the citation opens its lines");
}

async function cancels(tour) {
  const { lap } = tour;
  const chat = await ask(tour, "Tell me a long story about it.");
  await chat.locator("article[aria-busy=true]", { hasText: "Once upon" }).waitFor();
  await chat.locator("#stop").click();
  await chat.locator("article[aria-busy=false]", { hasText: "Stopped." }).waitFor();
  lap("the answer is stopped");
}

async function generates(tour) {
  const { workbench, page, told, lap, shot } = tour;
  await workbench.openFile("pyproject.toml");
  await workbench.codeAction(() => workbench.command("Source Action..."), "Generate .gitpod.yml");
  const file = join(told.workspace, ".gitpod.yml");
  await page.locator(".tab.active", { hasText: ".gitpod.yml" }).waitFor();
  await page.locator('.editor-instance .monaco-editor[data-uri$=".gitpod.yml"] .view-line', { hasText: "tasks:" }).waitFor();
  await shot("config");
  await until(
    () => page.waitForTimeout(100),
    async () => assert.match(readFileSync(file, "utf8"), /tasks:/),
  );
  lap("the config is on disk");
}

async function survivesAKill(tour) {
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

async function staysRestricted(tour) {
  const { workbench, page, lap, shot } = tour;
  await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
  await ready(tour);
  await workbench.openFile("checkout.py");
  await workbench.goTo(10, 28);
  await workbench.hover("prices.py");
  await shot("untrusted");
  lap("it works in restricted mode");
}

async function posesFor(tour, theme) {
  const { workbench, page, shot } = tour;
  await ready(tour);
  await workbench.openFile("sessions.py");
  const chat = await ask(tour, "Where is the cookie signed?");
  await chat.locator("article[aria-busy=false] .chip").first().click();
  await page.locator('.editor-instance .monaco-editor[data-uri$="sessions.py"] .view-line', { hasText: /def.sign_cookie/ }).waitFor();
  await shot(theme);
}

export const journeys = {
  suggests,
  features,
  untrusted: staysRestricted,
  light: (tour) => posesFor(tour, "light"),
  dark: (tour) => posesFor(tour, "dark"),
  async everything(tour) {
    await ready(tour);
    await hover(tour);
    await streamsAndCites(tour);
    await cancels(tour);
    await generates(tour);
    await survivesAKill(tour);
  },
};

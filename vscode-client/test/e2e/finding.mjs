// The ways to what the extension can do: palette, menus, search, index view, walkthrough.
import assert from "node:assert/strict";
import { ask } from "./chatting.mjs";
import { until } from "./workbench.mjs";

export async function ready({ page, lap }) {
  await page.locator(".statusbar-item a[aria-label*='Fieldguide: ready']").waitFor();
  lap("the index is ready");
}

/** What needs the server is listed only while it runs. */
export async function listsWhatCanBeDone({ workbench, lap }, isRunning) {
  const titles = await workbench.palette("Fieldguide: S", "Fieldguide: Show Logs");
  for (const needing of ["Fieldguide: Search by Meaning", "Fieldguide: Show Prompt"]) assert.equal(titles.includes(needing), isRunning, `${needing}: ${titles}`);
  lap(`the palette lists ${isRunning ? "what" : "nothing that"} needs the server`);
}

export async function hasMenus(tour) {
  const { workbench, page, lap } = tour;
  const chat = workbench.webview();
  await workbench.openFile("checkout.py");
  await workbench.goTo(10, 28);
  await workbench.chooseFromMenu(() => page.keyboard.press("Shift+F10"), "Explain Symbol");
  await chat.locator("article[aria-busy=false] h2", { hasText: "Explain gross_price" }).waitFor();
  lap("the editor's menu explains");
  await until(
    () => page.keyboard.press("Control+Shift+E"),
    (timeout) => page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout }),
  );
  const file = page.locator(".explorer-folders-view .monaco-list-row", { hasText: "README.md" });
  await workbench.chooseFromMenu(() => file.click({ button: "right" }), "Explain File");
  await chat.locator("article[aria-busy=false] h2", { hasText: "Explain README.md" }).waitFor();
  lap("the explorer's menu explains");
}

export async function searches({ workbench, page, lap, shot }) {
  await workbench.answer("Fieldguide: Search by Meaning", "make a cookie that cannot be forged", (timeout) =>
    workbench.quick.locator(".monaco-list-row.focused", { hasText: "sessions.py" }).waitFor({ timeout }),
  );
  await workbench.editor("sessions.py").locator(".view-line").first().waitFor();
  await shot("search");
  lap("the first hit is previewed");
  await page.keyboard.press("ArrowDown");
  await workbench.editor("checkout.py").locator(".view-line").first().waitFor();
  lap("so is the next");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await workbench.quick.waitFor({ state: "hidden" });
  await workbench.editor("sessions.py").locator(".view-line").first().waitFor();
  lap("a hit is opened");
}

export async function showsTheIndex({ workbench, page, lap, shot }, ...folders) {
  await workbench.command("Fieldguide: Focus on Index View");
  const rows = page.locator(".pane", { hasText: "Index" }).locator(".monaco-list-row");
  for (const folder of folders) await rows.filter({ hasText: folder }).first().waitFor();
  await rows.filter({ hasText: /ready/i }).first().waitFor();
  await shot("index");
  lap("the index view tells its state");
}

export async function walks({ workbench, page, lap, shot }) {
  const title = "Fieldguide in five minutes";
  await workbench.answer("Welcome: Open Walkthrough...", title, (timeout) => workbench.pick(title, timeout));
  await page.locator(".gettingStartedContainer", { hasText: "Fieldguide in five minutes" }).waitFor();
  await shot("walkthrough");
  lap("the walkthrough opens");
}

/** Draws the same in another theme; `base` is the class that VS Code gives the whole window. */
export async function poses(tour, theme, base, name) {
  const { workbench, page, shot, lap } = tour;
  await workbench.answer("Preferences: Color Theme", theme, (timeout) => workbench.pick(theme, timeout));
  await page.locator(`.monaco-workbench.${base}`).waitFor();
  const chat = workbench.webview();
  await chat.locator(`body[data-vscode-theme-kind=vscode-${name}]`).waitFor();
  await shot(name);
  lap(`drawn in ${theme}`);
}

/** An answer beside the lines that it cites, for the pictures. */
export async function sitsForAPicture(tour) {
  const { workbench } = tour;
  await workbench.openFile("sessions.py");
  const chat = await ask(tour, "Where is the cookie signed?");
  await chat.locator("article[aria-busy=false] .chip").first().click();
  await workbench.editor("sessions.py").locator(".view-line", { hasText: /def.sign_cookie/ }).waitFor();
}

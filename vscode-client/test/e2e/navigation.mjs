// Command palette, menus, search, index view, walkthrough and themes.
import assert from "node:assert/strict";
import { ask } from "./chat.mjs";
import { until } from "./workbench.mjs";

export async function ready({ page, lap }) {
  await page.locator(".statusbar-item a[aria-label*='Fieldguide: ready']").waitFor();
  lap("the index is ready");
}

/** Commands that need the server are listed only while it runs. */
export async function listsCommands({ workbench, lap }, isRunning) {
  const titles = await workbench.palette("Fieldguide: S", "Fieldguide: Show Logs");
  for (const title of ["Fieldguide: Search by Meaning", "Fieldguide: Show Prompt"]) assert.equal(titles.includes(title), isRunning, `${title}: ${titles}`);
  lap(`the palette lists ${isRunning ? "all commands" : "no command that needs the server"}`);
}

export async function hasMenus(journey) {
  const { workbench, page, lap } = journey;
  const chat = workbench.webview();
  await workbench.openFile("checkout.py");
  await workbench.goTo(10, 28);
  await workbench.chooseFromMenu(() => page.keyboard.press("Shift+F10"), "Explain Symbol");
  await chat.locator("article[aria-busy=false] h2", { hasText: "Explain gross_price" }).waitFor();
  lap("the editor's menu works");
  await until(
    () => page.keyboard.press("Control+Shift+E"),
    (timeout) => page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout }),
  );
  const file = page.locator(".explorer-folders-view .monaco-list-row", { hasText: "README.md" });
  await workbench.chooseFromMenu(() => file.click({ button: "right" }), "Explain File");
  await chat.locator("article[aria-busy=false] h2", { hasText: "Explain README.md" }).waitFor();
  lap("the explorer's menu works");
}

export async function searches({ workbench, page, lap, shot }) {
  await workbench.answer("Fieldguide: Search by Meaning", "make a cookie that cannot be forged", (timeout) =>
    workbench.quick.locator(".monaco-list-row.focused", { hasText: "sessions.py" }).waitFor({ timeout }),
  );
  await workbench.editor("sessions.py").locator(".view-line").first().waitFor();
  await shot("search");
  lap("the first result is previewed");
  await page.keyboard.press("ArrowDown");
  await workbench.editor("checkout.py").locator(".view-line").first().waitFor();
  lap("the next result is previewed");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await workbench.quick.waitFor({ state: "hidden" });
  await workbench.editor("sessions.py").locator(".view-line").first().waitFor();
  lap("a result is opened");
}

export async function showsIndex({ workbench, page, lap, shot }, ...folders) {
  await workbench.command("Fieldguide: Focus on Index View");
  const rows = page.locator(".pane", { hasText: "Index" }).locator(".monaco-list-row");
  for (const folder of folders) await rows.filter({ hasText: folder }).first().waitFor();
  await rows.filter({ hasText: /ready/i }).first().waitFor();
  await shot("index");
  lap("the index view shows the state");
}

export async function opensWalkthrough({ workbench, page, lap, shot }) {
  const title = "Get started with Fieldguide";
  await workbench.answer("Welcome: Open Walkthrough...", title, (timeout) => workbench.pick(title, timeout));
  await page.locator(".gettingStartedContainer", { hasText: title }).waitFor();
  await shot("walkthrough");
  lap("the walkthrough opens");
}

/** Switches to another theme; `base` is the class of the window in that theme. */
export async function switchesTheme(journey, theme, base, name) {
  const { workbench, page, shot, lap } = journey;
  await workbench.answer("Preferences: Color Theme", theme, (timeout) => workbench.pick(theme, timeout));
  await page.locator(`.monaco-workbench.${base}`).waitFor();
  const chat = workbench.webview();
  await chat.locator(`body[data-vscode-theme-kind=vscode-${name}]`).waitFor();
  await shot(name);
  lap(`shown in ${theme}`);
}

/** Shows an answer beside the lines that it cites, for the screenshots. */
export async function showsAnswer(journey) {
  const { workbench } = journey;
  await workbench.openFile("sessions.py");
  const chat = await ask(journey, "Where is the cookie signed?");
  await chat.locator("article[aria-busy=false] .chip").first().click();
  await workbench.editor("sessions.py").locator(".view-line", { hasText: /def.sign_cookie/ }).waitFor();
}

// Code lens, hover links, diagnostics, documentation, index view and keyboard.
import assert from "node:assert/strict";
import { until } from "./workbench.mjs";

const FINISHED = "article[aria-busy=false]";

async function waitForAnswer(chat, question) {
  const article = chat.locator(FINISHED, { has: chat.locator("h2", { hasText: question }) }).last();
  await article.locator("footer").waitFor();
  return article;
}

async function lensAndHover({ workbench, page, lap, shot }) {
  const editor = await workbench.openFile("sessions.py");
  await editor.locator(".codelens-decoration", { hasText: "Explain · 1 caller" }).waitFor();
  lap("the code lens counts a caller");
  await workbench.goTo(14, 12);
  const hover = await workbench.hover("sessions.py:14");
  await shot("links");
  await hover.locator("a", { hasText: "Explain" }).first().click();
  await waitForAnswer(workbench.webview(), "Explain sign_cookie");
  lap("the link in the hover explains");
}

async function diagnostic({ workbench, lap }) {
  await workbench.openFile(".gitpod.yml");
  await workbench.page.locator(".cdr.squiggly-error").first().waitFor();
  await workbench.goTo(1, 2);
  await workbench.codeAction(() => workbench.page.keyboard.press("Control+."), "Explain this problem");
  await waitForAnswer(workbench.webview(), "Explain this problem:");
  lap("a problem is explained");
}

async function docs({ workbench, page, lap, shot }) {
  const chat = workbench.webview();
  await chat.locator("#question").fill("How long does a holiday last at the depot?");
  await chat.locator("#question").press("Enter");
  const article = await waitForAnswer(chat, "How long does a holiday");
  await shot("docs");
  await article.locator(".chip", { hasText: "holidays.md" }).first().click();
  await page.locator('.editor-instance .monaco-editor[data-uri$="holidays.md"]').waitFor();
  lap("a citation of documentation opens");
}

async function indexView({ workbench, page, lap, shot }) {
  const row = (text) => page.locator(".pane-body .monaco-list-row", { hasText: text }).first();
  await workbench.command("Fieldguide: Show Index Status");
  await workbench.pick("Show the index");
  await page.locator(".pane-header", { hasText: "Chat" }).click(); // makes room: VS Code renders only visible rows
  await row("handbook").waitFor();
  await row("Skipped").click();
  await row("binary").click();
  await row("p000.png").waitFor();
  await shot("index");
  await page.keyboard.press("End");
  await row("Show more").waitFor();
  lap("skipped files are listed by reason");
  await row("p099.png").click();
  await page.locator(".tab.active", { hasText: ".png" }).waitFor();
  lap("a skipped file opens");
}

async function pauses({ workbench, page, lap }) {
  const item = (state) => page.locator(`.statusbar-item a[aria-label*='Fieldguide: ${state}']`).waitFor();
  await workbench.command("Fieldguide: Pause Indexing");
  await item("paused");
  await workbench.command("Fieldguide: Resume Indexing");
  await item("ready");
  lap("indexing is paused and resumed");
  await workbench.command("Fieldguide: Reindex");
  await page.locator(".statusbar-item", { hasText: "Reindexed " }).waitFor();
  lap("the folder is reindexed");
}

async function keyboard({ workbench, page, lap, shot }) {
  const chat = workbench.webview();
  await until(
    () => workbench.command("Fieldguide: Ask a Question"),
    (timeout) => chat.locator("#question:focus").waitFor({ timeout }),
  );
  const order = [];
  for (let number = 0; number < 3; number++) {
    await page.keyboard.press("Tab");
    const focused = chat.locator(":focus");
    order.push(await focused.evaluate((element) => element.id || element.textContent));
    assert.notEqual(await focused.evaluate((element) => getComputedStyle(element).outlineStyle), "none", "the focus is not visible");
  }
  assert.deepEqual(order, ["Attach", "persona", "model"]);
  await shot("focus");
  assert.equal(await chat.locator("#log").getAttribute("aria-live"), "off", "the log is a live region");
  assert.match(await chat.locator("#announcements").textContent(), /citations/, "the answer is not announced");
  assert.match(await chat.locator("#model").getAttribute("aria-label"), /^Model: /);
  lap("the chat is accessible");
}

/** Our keybindings conflict with none of VS Code's defaults on this platform, except for one of the terminal. */
async function keys({ workbench, page, lap }) {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await workbench.command("Preferences: Open Default Keyboard Shortcuts (JSON)");
  const editor = page.locator(".editor-instance .monaco-editor", { hasText: "Override key bindings" });
  const listed = await until(
    async () => {
      await editor.click();
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Control+C");
    },
    async () => {
      const text = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(text, /workbench\.action\.files\.save"/);
      return text;
    },
  );
  const bindings = [...listed.matchAll(/"key": "(ctrl\+alt\+g[^"]*)",\s*"command": "([^"]+)"(?:,\s*"when": "([^"]+)")?/g)];
  const others = bindings.filter(([, , command]) => !command.startsWith("fieldguide."));
  assert.deepEqual(others.map(([, , , when]) => when), ["terminalFocus"]);
  assert.ok(bindings.filter(([, , command]) => command.startsWith("fieldguide.")).every(([, , , when]) => /!terminalFocus|editorTextFocus/.test(when ?? "")));
  lap("no keybinding conflicts");
}

export async function features(journey) {
  await journey.page.locator(".statusbar-item a[aria-label*='Fieldguide: ready']").waitFor();
  await lensAndHover(journey);
  await diagnostic(journey);
  await docs(journey);
  await keyboard(journey);
  await indexView(journey);
  await pauses(journey);
  await keys(journey);
}

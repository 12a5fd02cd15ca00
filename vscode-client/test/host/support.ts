/** What the suites share: the extension, what it showed and registered, and waiting. Import it before anything is activated. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as vscode from "vscode";

/** What the suite was told by the test that started it. */
export interface Told {
  suite: string;
  report: string;
  /** A file with a line for each start of the server: its process id. */
  starts: string;
  /** The server that works, one of another version, and one that ends as soon as it is started. */
  server: string;
  newer: string;
  failing: string;
}

export const told = JSON.parse(readFileSync(process.env.FIELDGUIDE_HOST ?? "", "utf8")) as Told;

/** Figures for the report, not for assertions. */
export const measured: Record<string, number> = {};

interface Message {
  text: string;
  buttons: string[];
}

/** What the extension said and registered; the `vscode` of this module is the extension's own. */
export const seen = {
  context: new Map<string, unknown>(),
  errors: [] as Message[],
  status: undefined as vscode.StatusBarItem | undefined,
  tree: undefined as vscode.TreeDataProvider<unknown> | undefined,
  participant: undefined as vscode.ChatRequestHandler | undefined,
  /** Chooses in the next quick pick; null leaves it. */
  pick: (items: readonly vscode.QuickPickItem[]): vscode.QuickPickItem | undefined => items[0],
};

function watch(): void {
  const { commands, window, chat } = vscode;
  const { executeCommand } = commands;
  const { createOutputChannel, createStatusBarItem, registerTreeDataProvider } = window;
  let began = NaN;
  const { createChatParticipant } = chat;
  Object.assign(commands, {
    executeCommand: (command: string, ...rest: unknown[]) => {
      if (command === "setContext") {
        // The last thing that `activate` does; it does nothing later than it returns.
        measured["activate(), ms"] ??= performance.now() - began;
        seen.context.set(rest[0] as string, rest[1]);
      }
      return executeCommand(command, ...rest);
    },
  });
  Object.assign(window, {
    // The first thing that `activate` does.
    createOutputChannel: (name: string, options: { log: true }) => {
      began = performance.now();
      return createOutputChannel(name, options);
    },
    createStatusBarItem: (...rest: Parameters<typeof createStatusBarItem>) => (seen.status = createStatusBarItem(...rest)),
    registerTreeDataProvider: (id: string, tree: vscode.TreeDataProvider<unknown>) => {
      seen.tree = tree;
      return registerTreeDataProvider(id, tree);
    },
    showErrorMessage: (text: string, ...buttons: string[]) => {
      seen.errors.push({ text, buttons });
      return Promise.resolve(undefined);
    },
    showQuickPick: (items: readonly vscode.QuickPickItem[]) => Promise.resolve(seen.pick(items)),
  });
  Object.assign(chat, {
    createChatParticipant: (id: string, handler: vscode.ChatRequestHandler) => {
      seen.participant = handler;
      return createChatParticipant(id, handler);
    },
  });
}

export const extension = vscode.extensions.getExtension("fieldguide.fieldguide");
assert.ok(extension, "the extension is not there");
assert.equal(extension.isActive, false, "it was active before the tests could watch it");
measured["loading the extension's code, ms"] = milliseconds(() => createRequire(__filename)(join(extension.extensionPath, "dist", "extension.js")));
watch();

function milliseconds(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

/** Waits until something is there; what is thrown meanwhile is what the failure says. */
export async function until<T>(look: () => T | Promise<T>, what: string, milliseconds = 40_000): Promise<NonNullable<T>> {
  const end = performance.now() + milliseconds;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const found = await look();
      if (found) {
        return found;
      }
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come${last instanceof Error ? `: ${last.message}` : ""}`);
}

/** Activates the extension and waits until the index of every folder is ready. */
export async function ready(): Promise<void> {
  await extension?.activate();
  await until(() => seen.status?.text.startsWith("$(check-all)"), "an index that is ready");
}

export function uri(...path: string[]): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return vscode.Uri.joinPath(folder.uri, ...path);
}

/** Shows a document with what it is to hold, or holds already. */
export async function shown(path: string, text?: string): Promise<vscode.TextDocument> {
  if (text !== undefined) {
    await vscode.workspace.fs.writeFile(uri(path), Buffer.from(text));
  }
  const document = await vscode.workspace.openTextDocument(uri(path));
  await vscode.window.showTextDocument(document);
  return document;
}

/** Where a text begins in a document, and some characters on. */
export function at(document: vscode.TextDocument, text: string, further = 0): vscode.Position {
  const offset = document.getText().indexOf(text);
  assert.notEqual(offset, -1, `${text} is not in ${document.uri.path}`);
  return document.positionAt(offset + further);
}

/** The process ids of the servers that were started so far. */
export function starts(): number[] {
  return readFileSync(told.starts, "utf8").split("\n").filter(Boolean).map(Number);
}

export function setting(name: string, value: unknown): Thenable<void> {
  return vscode.workspace.getConfiguration("fieldguide").update(name, value, vscode.ConfigurationTarget.Global);
}

/** What the status bar says when it is pointed at. */
export function tooltip(): string {
  const text = seen.status?.tooltip;
  return typeof text === "string" ? text : (text?.value ?? "");
}

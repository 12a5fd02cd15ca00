/** Shared by the suites: the extension, what it has shown and registered, and helpers. Import it before the extension is activated. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as vscode from "vscode";

/** The input of a suite, written by tests/client/test_in_host.py. */
export interface Config {
  suite: string;
  /** The file that the results are written to. */
  report: string;
  /** A file with one line for each start of the server: its process id. */
  starts: string;
  /** Programs: a working server, one of an incompatible version, and one that exits at once. */
  server: string;
  newer: string;
  failing: string;
}

export const config = JSON.parse(readFileSync(process.env.FIELDGUIDE_HOST ?? "", "utf8")) as Config;

/** How many times longer to wait than on a fast, idle machine: see tests/patience.py. */
export const PATIENCE = Number(process.env.FIELDGUIDE_TEST_PATIENCE ?? "1");

/** Measurements for the report. */
export const measured: Record<string, number> = {};

interface Message {
  text: string;
  buttons: string[];
}

/** What the extension has shown and registered; this module and the extension share one `vscode`. */
export const observed = {
  context: new Map<string, unknown>(),
  errors: [] as Message[],
  status: undefined as vscode.StatusBarItem | undefined,
  tree: undefined as vscode.TreeDataProvider<unknown> | undefined,
  participant: undefined as vscode.ChatRequestHandler | undefined,
  /** Picks an item of the next quick pick; undefined cancels it. */
  pick: (items: readonly vscode.QuickPickItem[]): vscode.QuickPickItem | undefined => items[0],
};

function observe(): void {
  const { commands, window, chat } = vscode;
  const { executeCommand } = commands;
  const { createOutputChannel, createStatusBarItem, registerTreeDataProvider } = window;
  let started = NaN;
  const { createChatParticipant } = chat;
  Object.assign(commands, {
    executeCommand: (command: string, ...rest: unknown[]) => {
      if (command === "setContext") {
        // The last call of `activate`.
        measured["activate(), ms"] ??= performance.now() - started;
        observed.context.set(rest[0] as string, rest[1]);
      }
      return executeCommand(command, ...rest);
    },
  });
  Object.assign(window, {
    // The first call of `activate`.
    createOutputChannel: (name: string, options: { log: true }) => {
      started = performance.now();
      return createOutputChannel(name, options);
    },
    createStatusBarItem: (...rest: Parameters<typeof createStatusBarItem>) => (observed.status = createStatusBarItem(...rest)),
    registerTreeDataProvider: (id: string, tree: vscode.TreeDataProvider<unknown>) => {
      observed.tree = tree;
      return registerTreeDataProvider(id, tree);
    },
    showErrorMessage: (text: string, ...buttons: string[]) => {
      observed.errors.push({ text, buttons });
      return Promise.resolve(undefined);
    },
    showQuickPick: (items: readonly vscode.QuickPickItem[]) => Promise.resolve(observed.pick(items)),
  });
  Object.assign(chat, {
    createChatParticipant: (id: string, handler: vscode.ChatRequestHandler) => {
      observed.participant = handler;
      return createChatParticipant(id, handler);
    },
  });
}

export const extension = vscode.extensions.getExtension("fieldguide.fieldguide");
assert.ok(extension, "the extension is not installed");
assert.equal(extension.isActive, false, "the extension was activated before the tests");
measured["loading the extension's code, ms"] = milliseconds(() => createRequire(__filename)(join(extension.extensionPath, "dist", "extension.js")));
observe();

function milliseconds(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

/** Waits until `condition` returns a value. An error that it throws is part of the message when it does not. */
export async function waitFor<T>(condition: () => T | Promise<T>, what: string, timeout = 40_000): Promise<NonNullable<T>> {
  const end = performance.now() + timeout * PATIENCE;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const value = await condition();
      if (value) {
        return value;
      }
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Timed out waiting for ${what}${last instanceof Error ? `: ${last.message}` : ""}`);
}

/** Activates the extension and waits until the index of every folder is ready. */
export async function ready(): Promise<void> {
  await extension?.activate();
  await waitFor(() => observed.status?.text.startsWith("$(check-all)"), "a ready index");
}

export function uri(...path: string[]): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return vscode.Uri.joinPath(folder.uri, ...path);
}

/** Opens a file in an editor, after writing `text` to it if given. */
export async function open(path: string, text?: string): Promise<vscode.TextDocument> {
  if (text !== undefined) {
    await vscode.workspace.fs.writeFile(uri(path), Buffer.from(text));
  }
  const document = await vscode.workspace.openTextDocument(uri(path));
  await vscode.window.showTextDocument(document);
  return document;
}

/** The position where a text starts in a document, moved by `offset` characters. */
export function positionOf(document: vscode.TextDocument, text: string, offset = 0): vscode.Position {
  const start = document.getText().indexOf(text);
  assert.notEqual(start, -1, `${text} is not in ${document.uri.path}`);
  return document.positionAt(start + offset);
}

/** The process ids of the servers that were started so far. */
export function starts(): number[] {
  return readFileSync(config.starts, "utf8").split("\n").filter(Boolean).map(Number);
}

export function updateSetting(name: string, value: unknown): Thenable<void> {
  return vscode.workspace.getConfiguration("fieldguide").update(name, value, vscode.ConfigurationTarget.Global);
}

/** The tooltip of the status bar item. */
export function tooltip(): string {
  const text = observed.status?.tooltip;
  return typeof text === "string" ? text : (text?.value ?? "");
}

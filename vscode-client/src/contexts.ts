/** Context keys: what menus, palette and keys know of our state, so that they show only what can work now. */

import * as vscode from "vscode";
import type { Server } from "./server/server";
import type { Status } from "./index/status";

export type Key = "running" | "paused" | "indexing" | "answering" | "model" | "virtual";

export function setContext(key: Key, value: boolean): void {
  void vscode.commands.executeCommand("setContext", `fieldguide.${key}`, value);
}

/** Keeps the keys of the server and its indexes true. */
export function keepContexts(server: Server, status: Status): vscode.Disposable {
  const tell = (): void => {
    setContext("running", server.isRunning);
    setContext("paused", status.isPaused);
    setContext("indexing", status.isBusy);
  };
  return vscode.Disposable.from(server.onDidChange(tell), status.onDidChange(tell));
}

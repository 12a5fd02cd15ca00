/** Context keys: the state that menus, the command palette and keybindings depend on. */

import * as vscode from "vscode";

export type Key = "running" | "paused" | "indexing" | "answering" | "model" | "virtual";

export function setContext(key: Key, value: boolean): void {
  void vscode.commands.executeCommand("setContext", `fieldguide.${key}`, value);
}

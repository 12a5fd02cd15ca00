/** The menu of the status bar item: the status of the index, then the commands that are available now. */

import * as vscode from "vscode";
import { describe, type Status } from "./status";

type Item = vscode.QuickPickItem & { command?: string };

export async function showMenu(status: Status, running: boolean): Promise<void> {
  const item = await vscode.window.showQuickPick(entries(status, running), { title: "Fieldguide", placeHolder: "Status of the index, and commands" });
  if (item?.command) {
    await vscode.commands.executeCommand(item.command);
  }
}

function entries(status: Status, running: boolean): Item[] {
  const entry = (label: string, command: string): Item => ({ label, command });
  const separator = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const server = [entry("$(debug-restart) Restart the language server", "fieldguide.restart"), entry("$(output) Show logs", "fieldguide.showLogs")];
  if (!running) {
    return [separator("The language server is not running"), ...server];
  }
  const folders = status.all.map((each): Item => ({ ...describe(each), command: "fieldguide.index.focus" }));
  return [
    ...folders,
    separator("Index"),
    status.isPaused ? entry("$(debug-continue) Resume indexing", "fieldguide.resume") : entry("$(debug-pause) Pause indexing", "fieldguide.pause"),
    ...(status.isPaused || status.isBusy ? [] : [entry("$(refresh) Reindex a folder", "fieldguide.index.reindex")]),
    entry("$(list-tree) Show the index: folders, docs and skipped files", "fieldguide.index.focus"),
    entry("$(library) Add docs", "fieldguide.docs.add"),
    separator("Ask"),
    entry("$(comment-discussion) Ask a question", "fieldguide.askQuestion"),
    entry("$(search) Search by meaning", "fieldguide.searchByMeaning"),
    entry("$(file-code) Generate a config file", "fieldguide.pickConfig"),
    entry("$(hubot) Select a model", "fieldguide.switchModel"),
    separator("Server"),
    ...server,
  ];
}

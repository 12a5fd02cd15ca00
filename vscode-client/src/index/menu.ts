/** The menu of the status-bar item: the state in words, then what can be done about it now. */

import * as vscode from "vscode";
import { sentence, type Status } from "./status";

type Item = vscode.QuickPickItem & { command?: string };

export async function showMenu(status: Status, running: boolean): Promise<void> {
  const chosen = await vscode.window.showQuickPick(entries(status, running), { title: "Fieldguide", placeHolder: "What the index can do now, and what you can do" });
  if (chosen?.command) {
    await vscode.commands.executeCommand(chosen.command);
  }
}

function entries(status: Status, running: boolean): Item[] {
  const entry = (label: string, command: string): Item => ({ label, command });
  const separator = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const server = [entry("$(debug-restart) Restart the server", "fieldguide.restart"), entry("$(output) Show logs", "fieldguide.showLogs")];
  if (!running) {
    return [separator("The server is not running"), ...server];
  }
  const states = status.all.map((each): Item => ({ ...sentence(each), command: "fieldguide.index.focus" }));
  return [
    ...states,
    separator("Index"),
    status.isPaused ? entry("$(debug-continue) Resume indexing", "fieldguide.resume") : entry("$(debug-pause) Pause indexing", "fieldguide.pause"),
    ...(status.isPaused || status.isBusy ? [] : [entry("$(refresh) Read all files again", "fieldguide.index.reindex")]),
    entry("$(list-tree) Show the index: folders, docs, what was left out", "fieldguide.index.focus"),
    entry("$(library) Add docs", "fieldguide.docs.add"),
    separator("Ask"),
    entry("$(comment-discussion) Ask a question", "fieldguide.askQuestion"),
    entry("$(search) Search by meaning", "fieldguide.searchByMeaning"),
    entry("$(file-code) Generate config", "fieldguide.pickConfig"),
    entry("$(hubot) Switch model", "fieldguide.switchModel"),
    separator("Server"),
    ...server,
  ];
}

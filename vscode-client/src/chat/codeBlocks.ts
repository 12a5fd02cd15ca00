/** What can be done with a block of code of an answer. Nothing runs before the user has seen it and said so. */

import * as vscode from "vscode";
import { commandsOf } from "./commandline";

/** Puts code where the cursors are; into a new editor where there is none. */
export async function insert(text: string, language: string): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    return openAsFile(text, language);
  }
  await editor.edit((edit) => {
    for (const selection of editor.selections) {
      edit.replace(selection, text);
    }
  });
  await vscode.window.showTextDocument(editor.document, editor.viewColumn);
}

export async function openAsFile(text: string, language: string): Promise<void> {
  const all = await vscode.languages.getLanguages();
  const document = await vscode.workspace.openTextDocument({ content: text, language: all.includes(language) ? language : "plaintext" });
  await vscode.window.showTextDocument(document);
}

/** Runs a command line that the user has confirmed, in a terminal; never in a workspace that is not trusted. */
export async function runInTerminal(text: string): Promise<void> {
  const lines = commandsOf(text);
  if (!vscode.workspace.isTrusted) {
    throw new Error("Nothing is run in a workspace that is not trusted.");
  }
  const chosen = await vscode.window.showWarningMessage("Run this in the terminal?", { modal: true, detail: lines }, "Run");
  if (chosen === "Run") {
    const terminal = vscode.window.activeTerminal ?? vscode.window.createTerminal("Fieldguide");
    terminal.show();
    terminal.sendText(lines);
  }
}

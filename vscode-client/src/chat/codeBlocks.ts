/** The actions of a code block in an answer. A command runs only after the user has confirmed it. */

import * as vscode from "vscode";
import { commandLines } from "./commandLines";

/** Inserts code at the cursors of the active editor; opens a new editor if there is none. */
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

/** Runs commands in a terminal after the user has confirmed them; never in an untrusted workspace. */
export async function runInTerminal(text: string): Promise<void> {
  const lines = commandLines(text);
  if (!vscode.workspace.isTrusted) {
    throw new Error("Commands cannot be run in an untrusted workspace.");
  }
  const answer = await vscode.window.showWarningMessage("Run these commands in the terminal?", { modal: true, detail: lines }, "Run");
  if (answer === "Run") {
    const terminal = vscode.window.activeTerminal ?? vscode.window.createTerminal("Fieldguide");
    terminal.show();
    terminal.sendText(lines);
  }
}

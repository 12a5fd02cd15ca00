/** Attaching to a question: the selection, the file that is shown, or another one. */

import * as vscode from "vscode";
import type { Attachment } from "./conversation";
import type { Chat } from "./view";

interface Choice extends vscode.QuickPickItem {
  take: () => Promise<Attachment | undefined> | Attachment;
}

/** Attaches a file that is named, else what the user picks. */
export async function attach(chat: Chat, uri?: vscode.Uri): Promise<void> {
  const taken = uri ? await wholeOf(uri) : await picked();
  if (taken) {
    await chat.compose(taken);
  }
}

async function picked(): Promise<Attachment | undefined> {
  const shown = choices();
  const chosen = shown.length > 1 ? await vscode.window.showQuickPick(shown, { title: "Fieldguide: attach to the question" }) : shown[0];
  return chosen?.take();
}

function choices(): Choice[] {
  const editor = vscode.window.activeTextEditor;
  const other: Choice = { label: "$(folder-opened) Another file…", take: pickFile };
  if (editor?.document.uri.scheme !== "file") {
    return [other];
  }
  const { document, selection } = editor;
  const lines = selectionOf(editor);
  const selected: Choice = { label: "$(selection) Selection", description: `${lines.path}:${lines.startLine}-${lines.endLine}`, take: () => lines };
  const file: Choice = { label: "$(file) This file", description: lines.path, take: () => wholeOf(document.uri) };
  return selection.isEmpty ? [file, other] : [selected, file, other];
}

/** The selected lines, or the whole file where nothing is selected. */
export function selectionOf({ document, selection }: vscode.TextEditor): Attachment {
  return selection.isEmpty
    ? attachmentOf(document.uri, 1, document.lineCount)
    : attachmentOf(document.uri, selection.start.line + 1, lastLine(selection));
}

/** A selection that ends before the first character of a line does not mean that line. */
function lastLine({ start, end }: vscode.Selection): number {
  return end.character === 0 && end.line > start.line ? end.line : end.line + 1;
}

/** Lines of a file, from 1. */
export function attachmentOf(uri: vscode.Uri, startLine: number, endLine: number): Attachment {
  return { path: vscode.workspace.asRelativePath(uri), uri: uri.toString(), startLine, endLine };
}

async function pickFile(): Promise<Attachment | undefined> {
  const where = vscode.workspace.workspaceFolders?.[0]?.uri;
  const found = await vscode.window.showOpenDialog({ title: "Attach a file of the workspace", ...(where ? { defaultUri: where } : {}) });
  const [uri] = found ?? [];
  if (uri && !vscode.workspace.getWorkspaceFolder(uri)) {
    throw new Error("Only files of the workspace can be attached.");
  }
  return uri && wholeOf(uri);
}

export async function wholeOf(uri: vscode.Uri): Promise<Attachment> {
  return attachmentOf(uri, 1, (await vscode.workspace.openTextDocument(uri)).lineCount);
}

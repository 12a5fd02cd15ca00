/** Attaching the selection, the open file or another file to a question. */

import * as vscode from "vscode";
import type { Attachment } from "./conversation";
import type { Chat } from "./view";

interface Choice extends vscode.QuickPickItem {
  attachment: () => Promise<Attachment | undefined> | Attachment;
}

/** Attaches the file at `uri`, otherwise what the user picks. */
export async function attach(chat: Chat, uri?: vscode.Uri): Promise<void> {
  const attachment = uri ? await fileAttachment(uri) : await pickAttachment();
  if (attachment) {
    await chat.compose(attachment);
  }
}

async function pickAttachment(): Promise<Attachment | undefined> {
  const all = choices();
  const choice = all.length > 1 ? await vscode.window.showQuickPick(all, { title: "Fieldguide: attach to the question" }) : all[0];
  return choice?.attachment();
}

function choices(): Choice[] {
  const editor = vscode.window.activeTextEditor;
  const other: Choice = { label: "$(folder-opened) Another file…", attachment: pickFile };
  if (editor?.document.uri.scheme !== "file") {
    return [other];
  }
  const { document, selection } = editor;
  const lines = selectionAttachment(editor);
  const selected: Choice = { label: "$(selection) Selection", description: `${lines.path}:${lines.startLine}-${lines.endLine}`, attachment: () => lines };
  const file: Choice = { label: "$(file) This file", description: lines.path, attachment: () => fileAttachment(document.uri) };
  return selection.isEmpty ? [file, other] : [selected, file, other];
}

/** The selected lines, or all lines of the file if nothing is selected. */
export function selectionAttachment({ document, selection }: vscode.TextEditor): Attachment {
  return selection.isEmpty
    ? attachmentOf(document.uri, 1, document.lineCount)
    : attachmentOf(document.uri, selection.start.line + 1, lastLine(selection));
}

/** The last line of a selection, 1-based. A line is excluded if the selection ends before its first character. */
function lastLine({ start, end }: vscode.Selection): number {
  return end.character === 0 && end.line > start.line ? end.line : end.line + 1;
}

/** An attachment of lines, which are 1-based and inclusive. */
export function attachmentOf(uri: vscode.Uri, startLine: number, endLine: number): Attachment {
  return { path: vscode.workspace.asRelativePath(uri), uri: uri.toString(), startLine, endLine };
}

async function pickFile(): Promise<Attachment | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const selected = await vscode.window.showOpenDialog({ title: "Select a file to attach", ...(folder ? { defaultUri: folder } : {}) });
  const [uri] = selected ?? [];
  if (uri && !vscode.workspace.getWorkspaceFolder(uri)) {
    throw new Error("Only files in the workspace can be attached.");
  }
  return uri && fileAttachment(uri);
}

/** An attachment of all lines of a file. */
export async function fileAttachment(uri: vscode.Uri): Promise<Attachment> {
  return attachmentOf(uri, 1, (await vscode.workspace.openTextDocument(uri)).lineCount);
}

/** Opening places in files. */

import * as vscode from "vscode";

/** Opens a file with lines selected; lines count from 1, both ends belong to them. */
export async function openLines(uri: vscode.Uri, startLine: number, endLine: number, preview = false): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const start = Math.min(startLine, document.lineCount) - 1;
  const end = document.lineAt(Math.min(endLine, document.lineCount) - 1).range.end;
  const selection = new vscode.Range(new vscode.Position(start, 0), end);
  await vscode.window.showTextDocument(document, { selection, preview, preserveFocus: preview });
}

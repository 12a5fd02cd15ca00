/** Opens a file at given lines. */

import * as vscode from "vscode";

/** Opens a file and selects lines; they are 1-based, and both ends are included. A preview leaves the focus where it is. */
export async function openLines(uri: vscode.Uri, startLine: number, endLine: number, preview = false): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const start = Math.min(startLine, document.lineCount) - 1;
  const end = document.lineAt(Math.min(endLine, document.lineCount) - 1).range.end;
  const selection = new vscode.Range(new vscode.Position(start, 0), end);
  await vscode.window.showTextDocument(document, { selection, preview, preserveFocus: preview });
}

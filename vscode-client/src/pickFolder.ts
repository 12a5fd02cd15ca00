/** Choosing a workspace folder. */

import * as vscode from "vscode";

/** The folder that contains `uri`, the only folder, or the one that the user picks; undefined if the user picks none. */
export async function pickFolder(uri?: vscode.Uri): Promise<vscode.WorkspaceFolder | undefined> {
  const containing = uri && vscode.workspace.getWorkspaceFolder(uri);
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (!folders.length) {
    throw new Error("Open a folder first.");
  }
  return containing ?? (folders.length === 1 ? folders[0] : vscode.window.showWorkspaceFolderPick());
}

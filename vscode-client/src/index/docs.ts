/** Documentation outside of the workspace: adds folders to the setting `fieldguide.docs.folders`, and removes them. */

import * as vscode from "vscode";
import { ADD_DOCS, type AddDocsParams, type IndexStatus } from "../protocol";
import type { Server } from "../server/server";

type Source = vscode.QuickPickItem & { dialog: vscode.OpenDialogOptions };

const SOURCES: readonly Source[] = [
  {
    label: "$(folder) A folder",
    description: "Indexed in place and kept up to date",
    dialog: { canSelectFolders: true, canSelectFiles: false, title: "Select a folder of documentation" },
  },
  {
    label: "$(file-zip) A file or an archive",
    description: "Markdown, text, HTML, .zip, .tar.gz and others; copied",
    detail: "To add pages from the web, save them as files or an archive first",
    dialog: { canSelectFolders: false, canSelectFiles: true, title: "Select a file or archive of documentation" },
  },
];

export async function addDocs(server: Server): Promise<void> {
  const source = await vscode.window.showQuickPick(SOURCES, { title: "Fieldguide: add docs" });
  const [selected] = (source && (await vscode.window.showOpenDialog({ ...source.dialog, openLabel: "Add" }))) ?? [];
  if (selected) {
    const { folder } = await server.request<{ folder: string }>(ADD_DOCS, { path: selected.fsPath } satisfies AddDocsParams);
    await setFolders([...docsFolders().filter((each) => each !== folder), folder]);
    await vscode.commands.executeCommand("fieldguide.index.focus");
  }
}

/** Removes a folder from the setting; its files are not deleted. */
export async function removeDocs(folder: vscode.Uri | undefined): Promise<void> {
  const folders = docsFolders();
  const path = folder?.fsPath ?? (await vscode.window.showQuickPick(folders, { title: "Fieldguide: remove docs" }));
  if (path !== undefined) {
    await setFolders(folders.filter((each) => each !== path));
  }
}

/** Whether a status belongs to a folder that was removed from the setting. */
export function isRemovedDocs(status: IndexStatus): boolean {
  return Boolean(status.docs && status.folder && !docsFolders().includes(vscode.Uri.parse(status.folder).fsPath));
}

function docsFolders(): string[] {
  return vscode.workspace.getConfiguration("fieldguide").inspect<string[]>("docs.folders")?.globalValue ?? [];
}

async function setFolders(folders: string[]): Promise<void> {
  await vscode.workspace.getConfiguration("fieldguide").update("docs.folders", folders, vscode.ConfigurationTarget.Global);
}

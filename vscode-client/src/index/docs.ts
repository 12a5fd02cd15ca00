/** Documentation that lies outside of the workspace, on this machine: added to a setting of the user's own, and taken from it. */

import * as vscode from "vscode";
import { ADD_DOCS, type AddDocsParams, type IndexStatus } from "../protocol";
import type { Server } from "../server/server";

type Source = vscode.QuickPickItem & { dialog: vscode.OpenDialogOptions };

const SOURCES: readonly Source[] = [
  {
    label: "$(folder) A folder",
    description: "read where it is, changes included",
    dialog: { canSelectFolders: true, canSelectFiles: false, title: "Folder of documentation" },
  },
  {
    label: "$(file-zip) A file or an archive",
    description: "copied: Markdown, text, HTML …, or .zip, .tar.gz …",
    detail: "Nothing is fetched from the web: save pages first, as files or an archive",
    dialog: { canSelectFolders: false, canSelectFiles: true, title: "File or archive of documentation" },
  },
];

export async function addDocs(server: Server): Promise<void> {
  const source = await vscode.window.showQuickPick(SOURCES, { title: "Fieldguide: add docs" });
  const [chosen] = (source && (await vscode.window.showOpenDialog({ ...source.dialog, openLabel: "Add" }))) ?? [];
  if (chosen) {
    const { folder } = await server.request<{ folder: string }>(ADD_DOCS, { path: chosen.fsPath } satisfies AddDocsParams);
    await keep([...folders().filter((each) => each !== folder), folder]);
    await vscode.commands.executeCommand("fieldguide.index.focus");
  }
}

/** Takes a folder out of the setting; its files stay where they are. */
export async function removeDocs(folder: vscode.Uri | undefined): Promise<void> {
  const known = folders();
  const named = folder?.fsPath ?? (await vscode.window.showQuickPick(known, { title: "Fieldguide: remove docs" }));
  if (named !== undefined) {
    await keep(known.filter((each) => each !== named));
  }
}

/** Whether a state is that of a folder that the setting does not name any more. */
export function isRemovedDocs(status: IndexStatus): boolean {
  return Boolean(status.docs && status.folder && !folders().includes(vscode.Uri.parse(status.folder).fsPath));
}

function folders(): string[] {
  return vscode.workspace.getConfiguration("fieldguide").inspect<string[]>("docs.folders")?.globalValue ?? [];
}

async function keep(all: string[]): Promise<void> {
  await vscode.workspace.getConfiguration("fieldguide").update("docs.folders", all, vscode.ConfigurationTarget.Global);
}

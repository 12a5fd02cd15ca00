/** The config files that can be generated, and choosing one of them for a folder. */

import * as vscode from "vscode";
import { pickFolder } from "../pickFolder";

interface Target extends vscode.QuickPickItem {
  /** The name of the format in the protocol. */
  target: string;
}

/** The server's formats in the server's order, with its titles; a test compares them. */
export const TARGETS: readonly Target[] = [
  { target: "gitpod", label: ".gitpod.yml", description: "Gitpod Classic" },
  { target: "devcontainer", label: "devcontainer.json", description: "VS Code, GitHub Codespaces and others" },
  { target: "automations", label: "automations.yaml", description: "Ona and Gitpod Flex" },
  { target: "workflow", label: "CI workflow", description: "GitHub Actions: sets up and tests the project" },
];

export interface Selection {
  target: Target;
  folder: vscode.WorkspaceFolder;
}

/** The config that the user picks, and the workspace folder to make it for; undefined if the user cancels. */
export async function selectTarget(title: string, uri?: vscode.Uri): Promise<Selection | undefined> {
  const target = await vscode.window.showQuickPick(TARGETS, { title });
  const folder = target && (await pickFolder(uri));
  return folder && { target, folder };
}

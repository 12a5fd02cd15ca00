/** Configs, and the prompt of a question: what is made for the user to look at. */

import * as vscode from "vscode";
import type { Chat } from "../chat/view";
import { GENERATE_CONFIG, SHOW_PROMPT, type GenerateConfigParams, type GeneratedConfig, type Prompt } from "../protocol";
import type { Server } from "../server/server";

const TOLD_MS = 10_000;

export const TARGETS: readonly (vscode.QuickPickItem & { target: string })[] = [
  { target: "devcontainer", label: "devcontainer.json", description: "VS Code, Codespaces and others" },
  { target: "gitpod", label: ".gitpod.yml", description: "Gitpod Classic" },
  { target: "automations", label: "automations.yaml", description: "Ona and Gitpod Flex" },
  { target: "workflow", label: "A GitHub workflow", description: "Sets up and tests the project" },
];

/** Generates a config; the edit that comes back is shown by VS Code for the user to confirm. */
export async function generateConfig(server: Server, log: vscode.LogOutputChannel, where?: vscode.Uri): Promise<void> {
  const chosen = await vscode.window.showQuickPick(TARGETS, { title: "Fieldguide: generate config" });
  const folder = chosen && (await pickFolder(where));
  if (!chosen || !folder) {
    return;
  }
  const params: GenerateConfigParams = { target: chosen.target, folder: folder.uri.toString(), apply: true };
  const made = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: "Fieldguide: reading the project" }, () =>
    server.request<GeneratedConfig>(GENERATE_CONFIG, params),
  );
  const first = made.files[0];
  if (made.applied && first) {
    await vscode.window.showTextDocument(vscode.Uri.joinPath(folder.uri, first.path));
  }
  const open = [...made.unknown, ...made.problems];
  if (open.length) {
    log.info(`${chosen.label} leaves open: ${open.join("; ")}`);
    vscode.window.setStatusBarMessage(`$(info) ${chosen.label} leaves open: ${open[0] ?? ""}${open.length > 1 ? ` and ${open.length - 1} more` : ""}`, TOLD_MS);
  }
}

/** The folder that is meant: the one of a place, the only one, or the one that the user picks. */
export async function pickFolder(where?: vscode.Uri): Promise<vscode.WorkspaceFolder | undefined> {
  const named = where && vscode.workspace.getWorkspaceFolder(where);
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (!folders.length) {
    throw new Error("Open a folder first.");
  }
  return named ?? (folders.length === 1 ? folders[0] : vscode.window.showWorkspaceFolderPick());
}

/** Shows the exact messages that a model would be sent; it is sent nothing. */
export async function showPrompt(server: Server, chat: Chat): Promise<void> {
  const question = await vscode.window.showInputBox({ title: "Fieldguide: show the prompt for a question" });
  if (question) {
    const { messages } = await server.request<Prompt>(SHOW_PROMPT, chat.params(question));
    const content = messages.map((each) => `--- ${each.role} ---\n\n${each.content}`).join("\n\n");
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: "markdown" }), { preview: true });
  }
}

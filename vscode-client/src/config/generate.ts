/** Generates a config file from evidence in the workspace. */

import * as vscode from "vscode";
import { GENERATE_CONFIG, type GenerateConfigParams, type GeneratedConfig } from "../protocol";
import type { Server } from "../server/server";
import { selectTarget } from "./targets";

const STATUS_MESSAGE_MS = 10_000;

/** Generates a config file. The server applies the edit; VS Code asks the user to confirm changes to an existing file. */
export async function generateConfig(server: Server, log: vscode.LogOutputChannel, uri?: vscode.Uri): Promise<void> {
  const selection = await selectTarget("Fieldguide: generate config", uri);
  if (!selection) {
    return;
  }
  const { target, folder } = selection;
  const params: GenerateConfigParams = { target: target.target, folder: folder.uri.toString(), apply: true };
  const generated = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: "Fieldguide: analyzing the project" }, () =>
    server.request<GeneratedConfig>(GENERATE_CONFIG, params),
  );
  const first = generated.files[0];
  if (generated.applied && first) {
    await vscode.window.showTextDocument(vscode.Uri.joinPath(folder.uri, first.path));
  }
  showOpenQuestions(target.label, [...generated.unknown, ...generated.problems], log);
}

function showOpenQuestions(label: string, questions: readonly string[], log: vscode.LogOutputChannel): void {
  const [first, ...others] = questions;
  if (first !== undefined) {
    log.info(`Open questions for ${label}: ${questions.join("; ")}`);
    vscode.window.setStatusBarMessage(`$(info) ${label}: ${first}${others.length ? ` (and ${others.length} more)` : ""}`, STATUS_MESSAGE_MS);
  }
}

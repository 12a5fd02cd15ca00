/** Keys for models, in VS Code's secret store. The server gets them by its environment and nothing else does. */

import * as vscode from "vscode";

const STORED = "fieldguide.keys";

/** The environment variables that hold keys, by name. */
export async function keyEnvironment(secrets: vscode.SecretStorage): Promise<Record<string, string>> {
  try {
    return JSON.parse((await secrets.get(STORED)) ?? "{}") as Record<string, string>;
  } catch {
    return {}; // written by another version: as good as none
  }
}

/** Asks for a key and keeps it; an empty one is forgotten. Says whether anything changed. */
export async function askForKey(secrets: vscode.SecretStorage): Promise<boolean> {
  const variable = vscode.workspace.getConfiguration("fieldguide").get<string>("model.apiKeyEnv") ?? "OPENAI_API_KEY";
  const key = await vscode.window.showInputBox({
    title: `Fieldguide: key for the model (${variable})`,
    prompt: "Kept in VS Code's secret storage and handed to the server by its environment. Empty: forget it.",
    password: true,
    ignoreFocusOut: true,
  });
  if (key === undefined) {
    return false;
  }
  const keys = new Map(Object.entries(await keyEnvironment(secrets)));
  if (key) {
    keys.set(variable, key);
  } else {
    keys.delete(variable);
  }
  await secrets.store(STORED, JSON.stringify(Object.fromEntries(keys)));
  return true;
}

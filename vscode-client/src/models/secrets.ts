/** API keys of models: kept in VS Code's secret storage, and sent to the memory of the server only. */

import * as vscode from "vscode";
import { SET_KEY, type SetKeyParams } from "../protocol";
import type { Server } from "../server/server";

const STORAGE_KEY = "fieldguide.keys";

/** Sends every stored key to a server that has just started. */
export async function sendKeys(secrets: vscode.SecretStorage, server: Server): Promise<void> {
  for (const [variable, key] of await storedKeys(secrets)) {
    await server.request(SET_KEY, { variable, key } satisfies SetKeyParams);
  }
}

/** Asks the user for a key, stores it and sends it to the server. An empty key removes the stored one. */
export async function promptForKey(secrets: vscode.SecretStorage, server: Server, variable: string): Promise<void> {
  const key = await vscode.window.showInputBox({
    title: `Fieldguide: API key (${variable})`,
    prompt: "Stored in VS Code's secret storage. Leave it empty to remove the stored key.",
    password: true,
    ignoreFocusOut: true,
  });
  if (key === undefined) {
    return;
  }
  const keys = await storedKeys(secrets);
  if (key) {
    keys.set(variable, key);
  } else {
    keys.delete(variable);
  }
  await secrets.store(STORAGE_KEY, JSON.stringify(Object.fromEntries(keys)));
  await server.request(SET_KEY, (key ? { variable, key } : { variable }) satisfies SetKeyParams);
}

async function storedKeys(secrets: vscode.SecretStorage): Promise<Map<string, string>> {
  try {
    return new Map(Object.entries(JSON.parse((await secrets.get(STORAGE_KEY)) ?? "{}") as Record<string, string>));
  } catch {
    return new Map(); // in the format of another version
  }
}

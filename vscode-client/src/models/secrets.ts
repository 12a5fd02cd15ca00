/** Keys for models, in VS Code's secret store. They are handed to the server's memory, and nothing else gets them. */

import * as vscode from "vscode";
import { SET_KEY, type SetKeyParams } from "../protocol";
import type { Server } from "../server/server";

const STORED = "fieldguide.keys";

/** Hands every stored key to a server that has just started. */
export async function handOver(secrets: vscode.SecretStorage, server: Server): Promise<void> {
  for (const [variable, key] of await stored(secrets)) {
    await server.request(SET_KEY, { variable, key } satisfies SetKeyParams);
  }
}

/** Asks for a key, keeps it and hands it over; an empty one is forgotten. */
export async function askForKey(secrets: vscode.SecretStorage, server: Server, variable: string): Promise<void> {
  const key = await vscode.window.showInputBox({
    title: `Fieldguide: key for the model (${variable})`,
    prompt: "Kept in VS Code's secret storage and in the server's memory. Empty: forget it.",
    password: true,
    ignoreFocusOut: true,
  });
  if (key === undefined) {
    return;
  }
  const keys = await stored(secrets);
  if (key) {
    keys.set(variable, key);
  } else {
    keys.delete(variable);
  }
  await secrets.store(STORED, JSON.stringify(Object.fromEntries(keys)));
  await server.request(SET_KEY, (key ? { variable, key } : { variable }) satisfies SetKeyParams);
}

async function stored(secrets: vscode.SecretStorage): Promise<Map<string, string>> {
  try {
    return new Map(Object.entries(JSON.parse((await secrets.get(STORED)) ?? "{}") as Record<string, string>));
  } catch {
    return new Map(); // written by another version: as good as none
  }
}

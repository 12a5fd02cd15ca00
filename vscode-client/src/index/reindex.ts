/** What the user does with the index: read it all again, let it rest. */

import * as vscode from "vscode";
import { pickFolder } from "../config/generate";
import { REINDEX, type Reindexed, type ReindexParams } from "../protocol";
import type { Server } from "../server/server";

const TOLD_MS = 10_000;

/** Has every file of a folder read again, shown with a way to cancel it: the user asked for that just now. */
export async function reindex(server: Server, where?: vscode.Uri): Promise<void> {
  const folder = await pickFolder(where);
  if (!folder) {
    return;
  }
  const params: ReindexParams = { folder: folder.uri.toString() };
  const shown = { location: vscode.ProgressLocation.Notification, title: `Fieldguide: reading ${folder.name} again`, cancellable: true };
  await vscode.window.withProgress(shown, async (_, token) => {
    try {
      const { folders } = await server.request<Reindexed>(REINDEX, params, token);
      vscode.window.setStatusBarMessage(`$(check) ${folders.map(sentence).join(", ")}`, TOLD_MS);
    } catch (error) {
      if (!token.isCancellationRequested) {
        throw error;
      }
    }
  });
}

function sentence({ chunks, failed, seconds }: Reindexed["folders"][number]): string {
  return `${chunks} chunks read again in ${seconds} s${failed ? `, ${failed} files failed` : ""}`;
}

/** Rebuilds the index of a folder. */

import * as vscode from "vscode";
import { pickFolder } from "../pickFolder";
import { REINDEX, type Reindexed, type ReindexParams } from "../protocol";
import type { Server } from "../server/server";

const STATUS_MESSAGE_MS = 10_000;

/** Reindexes every file of a folder, with a notification that shows progress and can cancel it. */
export async function reindex(server: Server, uri?: vscode.Uri): Promise<void> {
  const folder = await pickFolder(uri);
  if (!folder) {
    return;
  }
  const params: ReindexParams = { folder: folder.uri.toString() };
  const options = { location: vscode.ProgressLocation.Notification, title: `Fieldguide: reindexing ${folder.name}`, cancellable: true };
  await vscode.window.withProgress(options, async (_, token) => {
    try {
      const { folders } = await server.request<Reindexed>(REINDEX, params, token);
      vscode.window.setStatusBarMessage(`$(check) ${folders.map(summary).join(", ")}`, STATUS_MESSAGE_MS);
    } catch (error) {
      if (!token.isCancellationRequested) {
        throw error;
      }
    }
  });
}

function summary({ chunks, failed, seconds }: Reindexed["folders"][number]): string {
  return `Reindexed ${chunks} chunks in ${seconds} s${failed ? `, ${failed} files failed` : ""}`;
}

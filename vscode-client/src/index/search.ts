/** Search by meaning: a quick pick that asks while you type and shows the lines under the cursor. */

import * as vscode from "vscode";
import { SEARCH, type Found, type Hit, type SearchParams } from "../protocol";
import { messageOf } from "../errors";
import type { Server } from "../server/server";
import { openLines } from "../openLines";

const QUIET_MS = 200;

interface Row extends vscode.QuickPickItem {
  place?: { uri: vscode.Uri; hit: Hit };
}

export function searchByMeaning(server: Server, begun = ""): void {
  const pick = vscode.window.createQuickPick<Row>();
  pick.title = "Fieldguide: search by meaning";
  pick.placeholder = "What the code does, a name, or a message it prints";
  pick.value = begun;
  let latest: vscode.CancellationTokenSource | undefined;
  let timer: NodeJS.Timeout | undefined;
  const ask = async (): Promise<void> => {
    latest?.cancel();
    latest = new vscode.CancellationTokenSource();
    pick.busy = true;
    const rows = await found(server, pick.value, latest.token);
    if (rows) {
      pick.items = rows;
      pick.busy = false;
    }
  };
  pick.onDidChangeValue((value) => {
    clearTimeout(timer);
    if (value.trim()) {
      timer = setTimeout(() => void ask(), QUIET_MS);
    } else {
      latest?.cancel();
      pick.items = [];
      pick.busy = false;
    }
  });
  pick.onDidChangeActive(([row]) => void (row?.place && show(row.place, true)));
  pick.onDidAccept(() => {
    const place = pick.activeItems[0]?.place;
    pick.hide();
    if (place) {
      void show(place, false);
    }
  });
  pick.onDidHide(() => {
    clearTimeout(timer);
    latest?.cancel();
    pick.dispose();
  });
  pick.show();
  if (begun) {
    void ask();
  }
}

/** The rows for a query; undefined when another one was asked meanwhile. */
async function found(server: Server, query: string, token: vscode.CancellationToken): Promise<Row[] | undefined> {
  try {
    const params: SearchParams = { query, limit: 30 };
    const answer = await server.request<Found>(SEARCH, params, token);
    const rows = answer.hits.map((hit) => row(hit, hit.folder ?? answer.folder ?? ""));
    return rows.length ? rows : [{ label: "Nothing found", alwaysShow: true }];
  } catch (error) {
    return token.isCancellationRequested ? undefined : [{ label: messageOf(error), alwaysShow: true }];
  }
}

function row(hit: Hit, folder: string): Row {
  const first = hit.text.split("\n").find((line) => line.trim())?.trim() ?? "";
  return {
    label: hit.symbol || (hit.path.split("/").at(-1) ?? hit.path),
    description: `${hit.path}:${hit.start_line}${hit.end_line === hit.start_line ? "" : `-${hit.end_line}`}`,
    detail: first.slice(0, 160),
    alwaysShow: true, // ranked by the server: the pick must not filter by letters
    place: { uri: vscode.Uri.joinPath(vscode.Uri.parse(folder), hit.path), hit },
  };
}

async function show({ uri, hit }: { uri: vscode.Uri; hit: Hit }, preview: boolean): Promise<void> {
  try {
    await openLines(uri, hit.start_line, hit.end_line, preview);
  } catch (error) {
    if (!preview) {
      void vscode.window.showErrorMessage(messageOf(error));
    }
  }
}

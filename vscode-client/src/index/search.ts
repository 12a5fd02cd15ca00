/** Search by meaning: a quick pick that searches while the user types, and previews the active result. */

import * as vscode from "vscode";
import { messageOf } from "../errors";
import { openLines } from "../openLines";
import { SEARCH, type Hit, type SearchParams, type SearchResult } from "../protocol";
import type { Server } from "../server/server";

const DEBOUNCE_MS = 200;

interface Item extends vscode.QuickPickItem {
  location?: { uri: vscode.Uri; hit: Hit };
}

export function searchByMeaning(server: Server): void {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = "Fieldguide: search by meaning";
  pick.placeholder = "Describe what the code does, or type a name or a message";
  let source: vscode.CancellationTokenSource | undefined;
  let timer: NodeJS.Timeout | undefined;
  const update = async (): Promise<void> => {
    source?.cancel();
    source = new vscode.CancellationTokenSource();
    pick.busy = true;
    const items = await search(server, pick.value, source.token);
    if (items) {
      pick.items = items;
      pick.busy = false;
    }
  };
  pick.onDidChangeValue((value) => {
    clearTimeout(timer);
    if (value.trim()) {
      timer = setTimeout(() => void update(), DEBOUNCE_MS);
    } else {
      source?.cancel();
      pick.items = [];
      pick.busy = false;
    }
  });
  pick.onDidChangeActive(([item]) => void (item?.location && show(item.location, true)));
  pick.onDidAccept(() => {
    const location = pick.activeItems[0]?.location;
    pick.hide();
    if (location) {
      void show(location, false);
    }
  });
  pick.onDidHide(() => {
    clearTimeout(timer);
    source?.cancel();
    pick.dispose();
  });
  pick.show();
}

/** The items for a query; undefined if a newer query has cancelled it. */
async function search(server: Server, query: string, token: vscode.CancellationToken): Promise<Item[] | undefined> {
  try {
    const params: SearchParams = { query, limit: 30 };
    const result = await server.request<SearchResult>(SEARCH, params, token);
    const items = result.hits.map((hit) => itemOf(hit, hit.folder ?? result.folder ?? ""));
    return items.length ? items : [{ label: "No results", alwaysShow: true }];
  } catch (error) {
    return token.isCancellationRequested ? undefined : [{ label: messageOf(error), alwaysShow: true }];
  }
}

function itemOf(hit: Hit, folder: string): Item {
  const first = hit.text.split("\n").find((line) => line.trim())?.trim() ?? "";
  return {
    label: hit.symbol || (hit.path.split("/").at(-1) ?? hit.path),
    description: `${hit.path}:${hit.start_line}${hit.end_line === hit.start_line ? "" : `-${hit.end_line}`}`,
    detail: first.slice(0, 160),
    alwaysShow: true, // the server has ranked the items: VS Code must not filter them
    location: { uri: vscode.Uri.joinPath(vscode.Uri.parse(folder), hit.path), hit },
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

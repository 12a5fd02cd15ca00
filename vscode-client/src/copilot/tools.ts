/** The search as a tool for the models of VS Code's chat. */

import * as vscode from "vscode";
import { SEARCH, type Hit, type SearchParams, type SearchResult } from "../protocol";
import type { Server } from "../server/server";

const NAME = "fieldguide_search";
const DEFAULT_LIMIT = 8;
const MAX_LIMIT = 30;

/** The arguments of the tool; a test compares them with the manifest's schema. */
export type SearchInput = Pick<SearchParams, "query" | "limit" | "within">;

export function registerTools(server: Server): vscode.Disposable {
  // Editors derived from VS Code may not have this API.
  const { lm } = vscode as Partial<Pick<typeof vscode, "lm">>;
  if (!lm?.registerTool) {
    return vscode.Disposable.from();
  }
  return lm.registerTool<SearchInput>(NAME, {
    prepareInvocation: ({ input }) => ({
      invocationMessage: `Searching this workspace for “${input.query}”`,
      confirmationMessages: {
        title: "Search this workspace with Fieldguide",
        message: `The passages that match “${input.query}” are sent to the model of this chat.`,
      },
    }),
    invoke: ({ input }, token) => search(server, input, token),
  });
}

async function search(server: Server, { query, limit, within }: SearchInput, token: vscode.CancellationToken): Promise<vscode.LanguageModelToolResult> {
  const params: SearchParams = { query, limit: Math.min(limit ?? DEFAULT_LIMIT, MAX_LIMIT), ...(within ? { within } : {}) };
  const { hits, notice } = await server.request<SearchResult>(SEARCH, params, token);
  const texts = [...hits.map(passage), ...(notice ? [notice] : []), ...(hits.length ? [] : ["No passage matches."])];
  return new vscode.LanguageModelToolResult(texts.map((text) => new vscode.LanguageModelTextPart(text)));
}

/** A hit with its location, which begins with the folder's name if there are several folders. */
function passage({ path, start_line, end_line, text, folder }: Hit): string {
  const hasSeveral = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
  const name = hasSeveral && folder ? `${vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(folder))?.name ?? ""}/` : "";
  return `${name}${path}:${start_line}-${end_line}\n${text}\n`;
}

/** The index as a tool for the models of VS Code's chat, where that is there. */

import * as vscode from "vscode";
import { SEARCH, type Found, type Hit, type SearchParams } from "../protocol";
import type { Server } from "../server/server";

const NAME = "fieldguide_search";
const HITS = 8;
const MOST_HITS = 30;

/** What a model may say; compared with the manifest's schema by a test. */
export type SearchInput = Pick<SearchParams, "query" | "limit" | "within">;

export function registerTools(server: Server): vscode.Disposable {
  // Editors made from VS Code leave it out.
  const { lm } = vscode as Partial<Pick<typeof vscode, "lm">>;
  if (!lm?.registerTool) {
    return vscode.Disposable.from();
  }
  return lm.registerTool<SearchInput>(NAME, {
    prepareInvocation: ({ input }) => ({
      invocationMessage: `Searching this workspace for “${input.query}”`,
      confirmationMessages: {
        title: "Search this workspace with Fieldguide",
        message: `The passages that fit “${input.query}” are given to the model of this chat.`,
      },
    }),
    invoke: ({ input }, token) => search(server, input, token),
  });
}

async function search(server: Server, { query, limit, within }: SearchInput, token: vscode.CancellationToken): Promise<vscode.LanguageModelToolResult> {
  const params: SearchParams = { query, limit: Math.min(limit ?? HITS, MOST_HITS), ...(within ? { within } : {}) };
  const { hits, notice } = await server.request<Found>(SEARCH, params, token);
  const texts = [...hits.map(passage), ...(notice ? [notice] : []), ...(hits.length ? [] : ["Nothing in the index fits."])];
  return new vscode.LanguageModelToolResult(texts.map((text) => new vscode.LanguageModelTextPart(text)));
}

/** A hit with where it stands; where there are several folders, with the name of its own. */
function passage({ path, start_line, end_line, text, folder }: Hit): string {
  const several = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
  const name = several && folder ? `${vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(folder))?.name ?? ""}/` : "";
  return `${name}${path}:${start_line}-${end_line}\n${text}\n`;
}

/** `@fieldguide` in VS Code's own chat, and the index as a tool for its models, where that chat is there. */

import * as vscode from "vscode";
import { ASK, SEARCH, type Answer, type Found } from "./protocol";
import type { Server } from "./server";

export function registerParticipant(server: Server): vscode.Disposable {
  const made: { dispose(): unknown }[] = [];
  // Editors made from VS Code leave the chat out.
  const { chat, lm } = vscode as Partial<Pick<typeof vscode, "chat" | "lm">>;
  if (chat?.createChatParticipant) {
    const participant = chat.createChatParticipant("fieldguide", (request, _context, response, token) => respond(server, request, response, token));
    participant.iconPath = new vscode.ThemeIcon("book");
    made.push(participant);
  }
  if (lm?.registerTool) {
    made.push(lm.registerTool<{ query: string }>("fieldguide_search", { invoke: ({ input }, token) => search(server, input.query, token) }));
  }
  return vscode.Disposable.from(...made);
}

async function respond(
  server: Server,
  request: vscode.ChatRequest,
  response: vscode.ChatResponseStream,
  token: vscode.CancellationToken,
): Promise<void> {
  response.progress("Looking in the index");
  const answer = await server.request<Answer>(ASK, { question: request.prompt }, token);
  response.markdown(answer.answer);
  for (const cited of answer.citations.filter((each) => each.verified)) {
    const uri = vscode.Uri.joinPath(vscode.Uri.parse(answer.folder), cited.path);
    response.reference(new vscode.Location(uri, new vscode.Range(cited.start_line - 1, 0, cited.end_line - 1, 0)));
  }
  if (answer.notice) {
    response.markdown(`\n\n${answer.notice}`);
  }
}

async function search(server: Server, query: string, token: vscode.CancellationToken): Promise<vscode.LanguageModelToolResult> {
  const { hits } = await server.request<Found>(SEARCH, { query, limit: 8 }, token);
  const parts = hits.map((hit) => new vscode.LanguageModelTextPart(`${hit.path}:${hit.start_line}-${hit.end_line}\n${hit.text}\n`));
  return new vscode.LanguageModelToolResult(parts);
}

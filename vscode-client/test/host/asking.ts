/** `@fieldguide`, asked as VS Code's chat would: code-server has no chat that answers without an account. */

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { seen } from "./support";

export interface Response {
  text: string;
  anchors: string[];
  references: vscode.Location[];
  buttons: string[];
  result: vscode.ChatResult | null | undefined;
}

interface How {
  command?: string;
  references?: unknown[];
  history?: unknown[];
  token?: vscode.CancellationToken;
  heard?: (text: string) => void;
}

export async function asked(prompt: string, { command, references = [], history = [], token, heard }: How = {}): Promise<Response> {
  const response: Response = { text: "", anchors: [], references: [], buttons: [], result: undefined };
  const stream = {
    progress: () => undefined,
    markdown: (text: string) => {
      response.text += text;
      heard?.(text);
    },
    anchor: (_place: unknown, title: string) => response.anchors.push(title),
    reference: (place: vscode.Location) => response.references.push(place),
    button: (each: vscode.Command) => response.buttons.push(each.command),
  };
  const request = { prompt, command, references: references.map((value) => ({ id: "test", value })), toolReferences: [] };
  assert.ok(seen.participant, "there is no participant");
  response.result = await seen.participant(
    request as unknown as vscode.ChatRequest,
    { history } as unknown as vscode.ChatContext,
    stream as unknown as vscode.ChatResponseStream,
    token ?? new vscode.CancellationTokenSource().token,
  ) as vscode.ChatResult | undefined;
  return response;
}

/** Sends requests to `@fieldguide` as VS Code's chat does: code-server's chat does not work without an account. */

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { observed } from "./support";

export interface Response {
  text: string;
  anchors: string[];
  references: vscode.Location[];
  buttons: string[];
  result: vscode.ChatResult | null | undefined;
}

interface Options {
  command?: string;
  references?: unknown[];
  history?: unknown[];
  token?: vscode.CancellationToken;
  onText?: (text: string) => void;
}

export async function ask(prompt: string, { command, references = [], history = [], token, onText }: Options = {}): Promise<Response> {
  const response: Response = { text: "", anchors: [], references: [], buttons: [], result: undefined };
  const stream = {
    progress: () => undefined,
    markdown: (text: string) => {
      response.text += text;
      onText?.(text);
    },
    anchor: (_location: unknown, title: string) => response.anchors.push(title),
    reference: (location: vscode.Location) => response.references.push(location),
    button: (each: vscode.Command) => response.buttons.push(each.command),
  };
  const request = { prompt, command, references: references.map((value) => ({ id: "test", value })), toolReferences: [] };
  assert.ok(observed.participant, "the participant is not registered");
  response.result = await observed.participant(
    request as unknown as vscode.ChatRequest,
    { history } as unknown as vscode.ChatContext,
    stream as unknown as vscode.ChatResponseStream,
    token ?? new vscode.CancellationTokenSource().token,
  ) as vscode.ChatResult | undefined;
  return response;
}

/** The prompt of a question, shown without asking a model. */

import * as vscode from "vscode";
import { SHOW_PROMPT, type Prompt } from "../protocol";
import type { Server } from "../server/server";
import type { Chat } from "./view";

/** Opens the exact messages that a model would get for a question; no model is called. */
export async function showPrompt(server: Server, chat: Chat): Promise<void> {
  const question = await vscode.window.showInputBox({ title: "Fieldguide: show the prompt for a question" });
  if (question) {
    const { messages } = await server.request<Prompt>(SHOW_PROMPT, chat.params(question));
    const content = messages.map((each) => `--- ${each.role} ---\n\n${each.content}`).join("\n\n");
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: "markdown" }), { preview: true });
  }
}

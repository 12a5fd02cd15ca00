/**
 * The user's own VS Code language models, asked on the server's behalf. Who may use them and what they cost is VS Code's to
 * say: it asks the user before the first question, so nothing here runs but after something that the user did.
 */

import * as vscode from "vscode";
import type { ModelLimits, ModelMessage, ModelParams } from "../protocol";

/** Why a model did not answer, by the kinds that PROTOCOL.md lists. */
export type Refusal = "permission" | "unknown" | "blocked" | "quota" | "filtered" | "tooLong" | "failed";

export class RefusedError extends Error {
  constructor(
    readonly kind: Refusal,
    message: string,
  ) {
    super(message);
  }
}

const JUSTIFICATION = "Fieldguide sends it the questions that you ask, with the passages of this workspace that they are about.";
const FILTERED = /off.?topic|content.?filter|responsible.?ai/i;
const QUOTA = /quota|rate.?limit|too many requests/i;
const TOO_LONG = /token limit|context.?(length|window)|prompt is too (long|large)/i;

/** Whether this editor has an interface for language models at all: those made from VS Code may leave it out. */
export function hasModels(): boolean {
  const { lm } = vscode as Partial<Pick<typeof vscode, "lm">>;
  return lm?.selectChatModels !== undefined;
}

/** The models that the user has, for a choice; none where there are none. */
export async function ownModels(): Promise<readonly vscode.LanguageModelChat[]> {
  return hasModels() ? vscode.lm.selectChatModels() : [];
}

/** How a model is called in settings and answers: who offers it, and its name there. */
export function nameOf(model: Pick<vscode.LanguageModelChat, "vendor" | "id">): string {
  return `${model.vendor}/${model.id}`;
}

export async function limitsOf(name: string): Promise<ModelLimits> {
  return { maxInputTokens: (await named(name)).maxInputTokens };
}

/** Has a model write; `tell` takes each piece. Throws a `RefusedError`, or a `CancellationError`. */
export async function write(params: ModelParams, tell: (text: string) => Promise<void>, token: vscode.CancellationToken): Promise<void> {
  try {
    const model = await named(params.model);
    const messages = params.messages.map(messageFor);
    await measure(model, messages, token);
    const response = await model.sendRequest(messages, { justification: JUSTIFICATION }, token);
    for await (const piece of response.text) {
      if (token.isCancellationRequested) {
        throw new vscode.CancellationError();
      }
      await tell(piece);
    }
  } catch (error) {
    throw error instanceof vscode.CancellationError || error instanceof RefusedError ? error : new RefusedError(kindOf(error), textOf(error));
  }
}

async function named(name: string): Promise<vscode.LanguageModelChat> {
  const [vendor = "", ...id] = name.split("/");
  const [found] = hasModels() ? await vscode.lm.selectChatModels({ vendor, id: id.join("/") }) : [];
  if (!found) {
    throw new RefusedError("unknown", `There is no language model ${name}.`);
  }
  return found;
}

/** There is no role for who answers: what it is told goes in front, as the user's word. */
function messageFor({ role, content }: ModelMessage): vscode.LanguageModelChatMessage {
  return role === "assistant" ? vscode.LanguageModelChatMessage.Assistant(content) : vscode.LanguageModelChatMessage.User(content);
}

/** Only the model knows how it counts; the server's own count packed the prompt. */
async function measure(model: vscode.LanguageModelChat, messages: vscode.LanguageModelChatMessage[], token: vscode.CancellationToken): Promise<void> {
  const counts = await Promise.all(messages.map((message) => model.countTokens(message, token)));
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  if (tokens > model.maxInputTokens) {
    throw new RefusedError("tooLong", `The prompt has ${tokens} tokens, the model takes ${model.maxInputTokens}.`);
  }
}

function kindOf(error: unknown): Refusal {
  const code = error instanceof vscode.LanguageModelError ? error.code : "";
  if (code === vscode.LanguageModelError.NoPermissions.name) {
    return "permission";
  }
  if (code === vscode.LanguageModelError.NotFound.name) {
    return "unknown";
  }
  const text = textOf(error);
  const kinds: [RegExp, Refusal][] = [
    [FILTERED, "filtered"],
    [QUOTA, "quota"],
    [TOO_LONG, "tooLong"],
  ];
  const known = kinds.find(([words]) => words.test(text));
  return known?.[1] ?? (code === vscode.LanguageModelError.Blocked.name ? "blocked" : "failed");
}

/** What an error says, with what it says of its cause: providers hide the reason there. */
function textOf(error: unknown): string {
  return error instanceof Error ? [error.message, error.cause ? textOf(error.cause) : ""].filter(Boolean).join(": ") : String(error);
}

/**
 * The user's own VS Code language models, called on behalf of the server. VS Code controls access to them and asks the user
 * for consent before the first request, so they are called only after an action of the user.
 */

import * as vscode from "vscode";
import type { ModelLimits, ModelMessage, ModelParams } from "../protocol";

/** Why a model did not answer: the kinds that PROTOCOL.md lists. */
export type ErrorKind = "permission" | "unknown" | "blocked" | "quota" | "filtered" | "tooLong" | "failed";

export class ModelError extends Error {
  constructor(
    readonly kind: ErrorKind,
    message: string,
  ) {
    super(message);
  }
}

const JUSTIFICATION = "Fieldguide sends your questions, and the passages of this workspace that they are about.";
const FILTERED = /off.?topic|content.?filter|responsible.?ai/i;
const QUOTA = /quota|rate.?limit|too many requests/i;
const TOO_LONG = /token limit|context.?(length|window)|prompt is too (long|large)/i;

/** Whether this editor has an API for language models: editors derived from VS Code may not. */
export function hasModels(): boolean {
  const { lm } = vscode as Partial<Pick<typeof vscode, "lm">>;
  return lm?.selectChatModels !== undefined;
}

/** All models of the editor; empty if it has none. */
export async function availableModels(): Promise<readonly vscode.LanguageModelChat[]> {
  return hasModels() ? vscode.lm.selectChatModels() : [];
}

/** The name of a model in settings and answers: "VENDOR/ID". */
export function nameOf(model: Pick<vscode.LanguageModelChat, "vendor" | "id">): string {
  return `${model.vendor}/${model.id}`;
}

export async function limitsOf(name: string): Promise<ModelLimits> {
  return { maxInputTokens: (await findModel(name)).maxInputTokens };
}

/** Has a model answer; `onText` gets each piece of the text. Throws a `ModelError` or a `CancellationError`. */
export async function generate(params: ModelParams, onText: (text: string) => Promise<void>, token: vscode.CancellationToken): Promise<void> {
  try {
    const model = await findModel(params.model);
    const messages = params.messages.map(messageFor);
    await checkLength(model, messages, token);
    const response = await model.sendRequest(messages, { justification: JUSTIFICATION }, token);
    for await (const piece of response.text) {
      if (token.isCancellationRequested) {
        throw new vscode.CancellationError();
      }
      await onText(piece);
    }
  } catch (error) {
    throw error instanceof vscode.CancellationError || error instanceof ModelError ? error : new ModelError(kindOf(error), textOf(error));
  }
}

async function findModel(name: string): Promise<vscode.LanguageModelChat> {
  const [vendor = "", ...id] = name.split("/");
  const [model] = hasModels() ? await vscode.lm.selectChatModels({ vendor, id: id.join("/") }) : [];
  if (!model) {
    throw new ModelError("unknown", `There is no language model ${name}.`);
  }
  return model;
}

/** VS Code's API has no system role: a system message is sent as the user's. */
function messageFor({ role, content }: ModelMessage): vscode.LanguageModelChatMessage {
  return role === "assistant" ? vscode.LanguageModelChatMessage.Assistant(content) : vscode.LanguageModelChatMessage.User(content);
}

/** Counts the tokens as the model does; the server has only estimated them. */
async function checkLength(model: vscode.LanguageModelChat, messages: vscode.LanguageModelChatMessage[], token: vscode.CancellationToken): Promise<void> {
  const counts = await Promise.all(messages.map((message) => model.countTokens(message, token)));
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  if (tokens > model.maxInputTokens) {
    throw new ModelError("tooLong", `The prompt has ${tokens} tokens, but the model accepts ${model.maxInputTokens}.`);
  }
}

function kindOf(error: unknown): ErrorKind {
  const code = error instanceof vscode.LanguageModelError ? error.code : "";
  if (code === vscode.LanguageModelError.NoPermissions.name) {
    return "permission";
  }
  if (code === vscode.LanguageModelError.NotFound.name) {
    return "unknown";
  }
  const text = textOf(error);
  const kinds: [RegExp, ErrorKind][] = [
    [FILTERED, "filtered"],
    [QUOTA, "quota"],
    [TOO_LONG, "tooLong"],
  ];
  const match = kinds.find(([pattern]) => pattern.test(text));
  return match?.[1] ?? (code === vscode.LanguageModelError.Blocked.name ? "blocked" : "failed");
}

/** The messages of an error and its causes: providers put the reason into the cause. */
function textOf(error: unknown): string {
  return error instanceof Error ? [error.message, error.cause ? textOf(error.cause) : ""].filter(Boolean).join(": ") : String(error);
}

/** A stub of the parts of `vscode` that the tested modules use. Tests fill `lm`. */

import type * as real from "vscode";

export class CancellationError extends Error {}

export class LanguageModelError extends Error {
  static NotFound(message: string): LanguageModelError {
    return new LanguageModelError(message, "NotFound");
  }
  static NoPermissions(message: string): LanguageModelError {
    return new LanguageModelError(message, "NoPermissions");
  }
  static Blocked(message: string, cause?: Error): LanguageModelError {
    return new LanguageModelError(message, "Blocked", cause);
  }
  constructor(
    message: string,
    readonly code: string,
    cause?: Error,
  ) {
    super(message, { cause });
  }
}

export const LanguageModelChatMessage = {
  User: (content: string) => ({ role: 1, content }),
  Assistant: (content: string) => ({ role: 2, content }),
};

export const lm: { selectChatModels?: (selector?: real.LanguageModelChatSelector) => Promise<Partial<real.LanguageModelChat>[]> } = {};

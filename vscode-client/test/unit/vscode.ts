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

/** What `WorkspaceConfiguration.inspect` reports. */
export type Inspected = Omit<NonNullable<ReturnType<real.WorkspaceConfiguration["inspect"]>>, "key">;

/** The settings below `fieldguide` by name, and the folders that they were read for. */
export const configured = { values: new Map<string, Inspected>(), scopes: [] as string[] };

export const Uri = { parse: (text: string) => ({ toString: () => text }) };

export const workspace = {
  getConfiguration: (section: string, scope?: { toString(): string }) => {
    if (scope) {
      configured.scopes.push(scope.toString());
    }
    return { inspect: (name: string) => (section === "fieldguide" ? { key: `${section}.${name}`, ...configured.values.get(name) } : undefined) };
  },
};

/**
 * The connection to one server process. The only part that loads the client library, which takes longer than all the
 * rest of the extension: it is imported when a server is started, not when the extension is activated.
 */

import * as vscode from "vscode";
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State } from "vscode-languageclient/node";
import type { Command } from "./candidates";
import { LINKS, linked } from "./trustedCommands";

/** A client whose failures go to the log: what the user is told of them, in a sentence, is not the library's to say. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** A client for a server that is not started yet. `ended` is called when its process went away, or never came up. */
export function makeClient(command: Command, log: vscode.LogOutputChannel, ended: () => void): LanguageClient {
  const client = new QuietClient(
    "fieldguide",
    "Fieldguide",
    { command: command.program, args: [...command.args, "serve"] },
    {
      documentSelector: [{ scheme: "file" }],
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      middleware: {
        resolveCodeAction: async (action, token, next) => showing(await next(action, token)),
        provideHover: async (document, position, token, next) => linked(await next(document, position, token)),
      },
      // What became of it is told by `ended`, once.
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
    },
  );
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Stopped || newState === State.StartFailed) {
      ended();
    }
  });
  client.registerFeature(LINKS);
  return client;
}

/** Has a file that an action of ours makes shown once it is made. */
function showing(action: vscode.CodeAction | null | undefined): vscode.CodeAction | null | undefined {
  const made = action?.edit?.entries()[0]?.[0];
  if (action && made && action.kind?.value.endsWith("fieldguide.generateConfig")) {
    action.command ??= { title: "Show", command: "vscode.open", arguments: [made] };
  }
  return action;
}

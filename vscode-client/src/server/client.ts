/**
 * The connection to one server process. Loading the client library takes longer than the rest of the extension, so this
 * module is imported when a server is started, not when the extension is activated.
 */

import * as vscode from "vscode";
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State } from "vscode-languageclient/node";
import type { Command } from "./candidates";
import { COMMANDS_FEATURE, trustCommands } from "./trustedCommands";
import { answerConfiguration } from "./userSettings";

/** A client that writes errors to the log only: the extension shows its own messages. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** A client for a server that is not started yet. `onExit` is called when the process has exited, or did not start. */
export function makeClient(command: Command, manifest: unknown, log: vscode.LogOutputChannel, onExit: () => void): LanguageClient {
  const client = new QuietClient(
    "fieldguide",
    "Fieldguide",
    { command: command.program, args: [...command.args, "serve"] },
    {
      documentSelector: [{ scheme: "file" }],
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      middleware: {
        workspace: {
          configuration: answerConfiguration(manifest),
          // The server asks for the settings; the library would send it all of them, with their defaults.
          didChangeConfiguration: (_sections, next) => next(undefined),
        },
        resolveCodeAction: async (action, token, next) => openGeneratedFile(await next(action, token)),
        provideHover: async (document, position, token, next) => trustCommands(await next(document, position, token)),
      },
      // `onExit` handles a failed start as well.
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
      },
    },
  );
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Stopped || newState === State.StartFailed) {
      onExit();
    }
  });
  client.registerFeature(COMMANDS_FEATURE);
  return client;
}

/** Makes an action that generates a config file open the file afterwards. */
function openGeneratedFile(action: vscode.CodeAction | null | undefined): vscode.CodeAction | null | undefined {
  const uri = action?.edit?.entries()[0]?.[0];
  if (action && uri && action.kind?.value.endsWith("fieldguide.generateConfig")) {
    action.command ??= { title: "Open", command: "vscode.open", arguments: [uri] };
  }
  return action;
}

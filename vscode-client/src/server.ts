/** The language server's life: found, started, restarted calmly, and asked. */

import * as vscode from "vscode";
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";
import type { Command } from "./finding";
import { linked } from "./linking";
import { locate } from "./locating";
import { BackOff, Turn } from "./restarting";

/** The server as the rest of the extension sees it. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly turn = new Turn();
  private readonly backOff = new BackOff();
  private readonly changed = new vscode.EventEmitter<boolean>();
  private stopping = false;
  private later: NodeJS.Timeout | undefined;

  /** Fires with true when the server answers, with false when it does not any more. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly listen: (client: LanguageClient) => void,
  ) {}

  get isRunning(): boolean {
    return this.client?.state === State.Running;
  }

  /** Starts the server, or starts it again; calls while one is under way are one restart. */
  restart(): Promise<void> {
    this.backOff.reset();
    return this.turn.take(() => this.startAnew());
  }

  /**
   * Sends a request. Throws an error with the server's sentence.
   */
  async request<R>(method: string, params: object, token?: vscode.CancellationToken): Promise<R> {
    if (!this.client || !this.isRunning) {
      throw new Error("Fieldguide's server is not running.");
    }
    // A token that is not there would be taken for a second parameter.
    return token ? this.client.sendRequest<R>(method, params, token) : this.client.sendRequest<R>(method, params);
  }

  dispose(): void {
    clearTimeout(this.later);
    void this.stop();
    this.changed.dispose();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const client = this.client;
    this.client = undefined;
    this.changed.fire(false);
    if (client?.needsStop()) {
      await client.stop(5_000).catch((error: unknown) => {
        this.log.warn(`The server did not stop: ${String(error)}`);
      });
    }
  }

  private async startAnew(): Promise<void> {
    clearTimeout(this.later);
    await this.stop();
    const command = await locate(this.context, this.log);
    if (!command) {
      return;
    }
    this.log.info(`Starting ${[command.program, ...command.args].join(" ")} (from ${command.origin})`);
    this.stopping = false;
    const client = new LanguageClient("fieldguide", "Fieldguide", serverOptions(command), this.clientOptions());
    this.client = client;
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Stopped && this.client === client && !this.stopping) {
        this.changed.fire(false);
        this.ended();
      }
    });
    this.listen(client);
    await client.start().catch((error: unknown) => {
      this.log.error(`The server does not start: ${String(error)}`);
    });
    // The state says "running" before the server is told that it may read the settings: what is asked then is asked too soon.
    if (this.client === client && this.isRunning) {
      this.changed.fire(true);
    }
  }

  /** It went away without being asked to. */
  private ended(): void {
    const pause = this.backOff.next(Date.now());
    if (pause === undefined) {
      void this.offerRestart();
      return;
    }
    this.log.warn(`The server ended; starting it again in ${pause} ms`);
    this.later = setTimeout(() => void this.turn.take(() => this.startAnew()), pause);
  }

  private async offerRestart(): Promise<void> {
    const chosen = await vscode.window.showErrorMessage("Fieldguide's server keeps ending.", "Start again", "Show logs");
    if (chosen === "Show logs") {
      this.log.show();
    } else if (chosen === "Start again") {
      await this.restart();
    }
  }

  private clientOptions(): LanguageClientOptions {
    return {
      documentSelector: [{ scheme: "file" }],
      outputChannel: this.log,
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
    };
  }
}

function serverOptions(command: Command): ServerOptions {
  return { command: command.program, args: [...command.args, "serve"] };
}

/** Has a file that an action of ours makes shown once it is made. */
function showing(action: vscode.CodeAction | null | undefined): vscode.CodeAction | null | undefined {
  const made = action?.edit?.entries()[0]?.[0];
  if (action && made && action.kind?.value.endsWith("fieldguide.generateConfig")) {
    action.command ??= { title: "Show", command: "vscode.open", arguments: [made] };
  }
  return action;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

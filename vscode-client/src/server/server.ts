/** The language server's life: found, started, restarted calmly, and asked. */

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Command } from "./candidates";
import { messageOf } from "../errors";
import { BackOff, Turn } from "./backoff";
import { locate, onDidSelectPython } from "./locate";

const STOPPING_MS = 5_000;

/** The server as the rest of the extension sees it. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private running = false;
  private wanted = false;
  private readonly turn = new Turn();
  private readonly backOff = new BackOff();
  private readonly changed = new vscode.EventEmitter<boolean>();
  private later: NodeJS.Timeout | undefined;
  private command: Command | undefined;
  private python: vscode.Disposable | undefined;

  /** Fires with true when the server answers, with false when it does not any more. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly prepare: (client: LanguageClient) => Promise<void>,
  ) {}

  get isRunning(): boolean {
    return this.running;
  }

  /** Whether it was started by anybody yet; what became of that is another matter. */
  get isWanted(): boolean {
    return this.wanted;
  }

  /** Starts the server, or starts it again; calls while one is under way are one restart. */
  restart(): Promise<void> {
    this.wanted = true;
    this.backOff.reset();
    return this.turn.take(() => this.startAnew());
  }

  /**
   * Sends a request; waits for a server that is being started. Throws an error with the server's sentence.
   */
  async request<R>(method: string, params: object, token?: vscode.CancellationToken): Promise<R> {
    await this.turn.settled;
    const client = this.client;
    if (!client || !this.running) {
      throw new Error("Fieldguide's server is not running.");
    }
    try {
      // A token that is not there would be taken for a second parameter.
      return await (token ? client.sendRequest<R>(method, params, token) : client.sendRequest<R>(method, params));
    } catch (error) {
      throw this.client === client ? error : new Error("Fieldguide's server ended before it answered.");
    }
  }

  dispose(): void {
    void this.stop();
    this.python?.dispose();
    this.changed.dispose();
  }

  /** Stops the server, in some seconds at most. */
  async stop(): Promise<void> {
    clearTimeout(this.later);
    const client = this.client;
    this.client = undefined;
    this.tell(false);
    if (client?.needsStop()) {
      await client.stop(STOPPING_MS).catch((error: unknown) => {
        this.log.warn(`The server did not stop: ${messageOf(error)}`);
      });
    }
  }

  private async startAnew(): Promise<void> {
    await this.stop();
    const command = (this.command = await locate(this.context, this.log, () => void this.restart()));
    this.python ??= onDidSelectPython(() => {
      this.pythonSelected();
    });
    if (!command) {
      return;
    }
    this.log.info(`Starting ${[command.program, ...command.args].join(" ")} (from ${command.origin})`);
    const { makeClient } = await import("./client.js");
    const client = makeClient(command, this.log, () => {
      // One that was stopped or replaced is not ours any more.
      if (this.client === client) {
        this.client = undefined;
        this.tell(false);
        this.ended();
      }
    });
    await this.prepare(client);
    this.client = client;
    await client.start().catch((error: unknown) => {
      this.log.error(`The server does not start: ${messageOf(error)}`);
    });
    // The state says "running" before the server is told that it may read the settings: what is asked then is asked too soon.
    if (this.client === client) {
      this.tell(true);
    }
  }

  /** Another interpreter matters where the server comes from one, and where there was no server. */
  private pythonSelected(): void {
    if (!this.command || this.command.origin === "Python environment") {
      void this.restart();
    }
  }

  private tell(running: boolean): void {
    this.running = running;
    this.changed.fire(running);
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
}

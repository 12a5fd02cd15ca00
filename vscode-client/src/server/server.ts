/** The language server: finds, starts, restarts and stops it, and sends it requests. */

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { messageOf } from "../errors";
import type { Command } from "./candidates";
import { locate, onDidSelectPython } from "./locate";
import { BackOff, RestartQueue } from "./restarts";

const STOP_TIMEOUT_MS = 5_000;

/** The server as the rest of the extension sees it. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private running = false;
  private requested = false;
  private readonly restarts = new RestartQueue();
  private readonly backOff = new BackOff();
  private readonly changed = new vscode.EventEmitter<boolean>();
  private restartTimer: NodeJS.Timeout | undefined;
  private command: Command | undefined;
  private pythonListener: vscode.Disposable | undefined;

  /** Fires with true when the server is ready for requests, with false when it has stopped. */
  readonly onDidChange = this.changed.event;

  /** `prepare` is called with each new client before it is started, to register listeners and features. */
  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly prepare: (client: LanguageClient) => Promise<void>,
  ) {}

  get isRunning(): boolean {
    return this.running;
  }

  /** Whether a start has been requested, successful or not. */
  get isRequested(): boolean {
    return this.requested;
  }

  /** Starts or restarts the server. Calls during a restart become one restart. */
  restart(): Promise<void> {
    this.requested = true;
    this.backOff.reset();
    return this.restarts.run(() => this.startNew());
  }

  /** Sends a request, after a restart in progress. Throws an error with a sentence for the user. */
  async request<R>(method: string, params: object, token?: vscode.CancellationToken): Promise<R> {
    await this.restarts.idle;
    const client = this.client;
    if (!client || !this.running) {
      throw new Error("The Fieldguide server is not running.");
    }
    try {
      // The client library would send an undefined token as a second parameter.
      return await (token ? client.sendRequest<R>(method, params, token) : client.sendRequest<R>(method, params));
    } catch (error) {
      throw this.client === client ? error : new Error("The Fieldguide server stopped before it answered.");
    }
  }

  dispose(): void {
    void this.stop();
    this.pythonListener?.dispose();
    this.changed.dispose();
  }

  /** Stops the server; kills it after a few seconds. */
  async stop(): Promise<void> {
    clearTimeout(this.restartTimer);
    const client = this.client;
    this.client = undefined;
    this.setRunning(false);
    if (client?.needsStop()) {
      await client.stop(STOP_TIMEOUT_MS).catch((error: unknown) => {
        this.log.warn(`The server did not stop: ${messageOf(error)}`);
      });
    }
  }

  private async startNew(): Promise<void> {
    await this.stop();
    const command = (this.command = await locate(this.context, this.log, () => void this.restart()));
    this.pythonListener ??= onDidSelectPython(() => {
      this.pythonSelected();
    });
    if (!command) {
      return;
    }
    this.log.info(`Starting ${[command.program, ...command.args].join(" ")} (found in ${command.origin})`);
    const { makeClient } = await import("./client.js");
    const client = makeClient(command, this.context.extension.packageJSON, this.log, () => {
      // A client that was stopped or replaced does not count.
      if (this.client === client) {
        this.client = undefined;
        this.setRunning(false);
        this.restartLater();
      }
    });
    await this.prepare(client);
    this.client = client;
    await client.start().catch((error: unknown) => {
      this.log.error(`The server does not start: ${messageOf(error)}`);
    });
    // Not earlier: the client's state is "running" before the server knows its settings.
    if (this.client === client) {
      this.setRunning(true);
    }
  }

  /** Restarts if the server comes from the selected interpreter, or if there was no server. */
  private pythonSelected(): void {
    if (!this.command || this.command.origin === "Python environment") {
      void this.restart();
    }
  }

  private setRunning(running: boolean): void {
    this.running = running;
    this.changed.fire(running);
  }

  private restartLater(): void {
    const delay = this.backOff.next(Date.now());
    if (delay === undefined) {
      void this.offerRestart();
      return;
    }
    this.log.warn(`The server exited unexpectedly; restarting it in ${delay} ms`);
    this.restartTimer = setTimeout(() => void this.restarts.run(() => this.startNew()), delay);
  }

  private async offerRestart(): Promise<void> {
    const answer = await vscode.window.showErrorMessage("The Fieldguide server exited unexpectedly several times.", "Restart", "Show logs");
    if (answer === "Show logs") {
      this.log.show();
    } else if (answer === "Restart") {
      await this.restart();
    }
  }
}

/** The text of answers while the server streams it, as events. Each event has the token of its request. */

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { ANSWER_DELTA, ANSWER_RESET, type AnswerDelta, type AnswerReset } from "../protocol";

export class AnswerStream implements vscode.Disposable {
  private readonly deltas = new vscode.EventEmitter<AnswerDelta>();
  private readonly resets = new vscode.EventEmitter<AnswerReset>();

  readonly onDelta = this.deltas.event;
  /** The text so far is void; a new text follows. */
  readonly onReset = this.resets.event;

  /** Listens to a new client. A client has only one handler for a method, and several parts of the extension listen. */
  listen(client: LanguageClient): void {
    client.onNotification(ANSWER_DELTA, (delta: AnswerDelta) => {
      this.deltas.fire(delta);
    });
    client.onNotification(ANSWER_RESET, (reset: AnswerReset) => {
      this.resets.fire(reset);
    });
  }

  dispose(): void {
    this.deltas.dispose();
    this.resets.dispose();
  }
}

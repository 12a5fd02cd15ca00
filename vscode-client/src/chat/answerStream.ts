/** Answers on their way: the server streams their pieces by token, and whoever asked takes those of its own. */

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { ANSWER_DELTA, ANSWER_RESET, type AnswerDelta, type AnswerReset } from "../protocol";

export class Answers implements vscode.Disposable {
  private readonly pieces = new vscode.EventEmitter<AnswerDelta>();
  private readonly resets = new vscode.EventEmitter<AnswerReset>();

  readonly onPiece = this.pieces.event;
  /** What came so far is void; the pieces of a new text follow. */
  readonly onReset = this.resets.event;

  /** Hears what a new client is told. A client has room for one listener a method, and several parts ask. */
  listen(client: LanguageClient): void {
    client.onNotification(ANSWER_DELTA, (piece: AnswerDelta) => {
      this.pieces.fire(piece);
    });
    client.onNotification(ANSWER_RESET, (reset: AnswerReset) => {
      this.resets.fire(reset);
    });
  }

  dispose(): void {
    this.pieces.dispose();
    this.resets.dispose();
  }
}

/** The status-bar item: what the index can do now, and a menu. */

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { INDEX_STATUS, type IndexStatus, type State } from "./protocol";
import type { Server } from "./server";

const ICONS: Record<State, string> = {
  empty: "circle-outline",
  scanning: "sync~spin",
  "lexical ready": "check",
  ready: "check-all",
  updating: "sync~spin",
  degraded: "warning",
};

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("fieldguide.status", vscode.StatusBarAlignment.Right, 90);
  private readonly states = new Map<string, IndexStatus>();
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly server: Server) {
    this.item.name = "Fieldguide";
    this.item.command = "fieldguide.menu";
    server.onDidChange(() => {
      if (!server.isRunning) {
        this.states.clear();
      }
      this.draw();
    });
    this.draw();
    this.item.show();
  }

  listen(client: LanguageClient): void {
    client.onNotification(INDEX_STATUS, (status: IndexStatus) => {
      this.states.set(status.folder ?? "", status);
      this.draw();
    });
  }

  get all(): readonly IndexStatus[] {
    return [...this.states.values()];
  }

  dispose(): void {
    this.item.dispose();
    this.changed.dispose();
  }

  private draw(): void {
    const worst = worstOf(this.all);
    if (!this.server.isRunning) {
      this.item.text = "$(circle-slash) Fieldguide";
      this.item.tooltip = "Fieldguide's server is not running.";
    } else {
      this.item.text = `$(${worst ? ICONS[worst.state] : "sync~spin"}) Fieldguide${worst ? progress(worst) : ""}`;
      this.item.tooltip = this.all.map(sentence).join("\n") || "Fieldguide is opening the index.";
    }
    this.item.accessibilityInformation = { label: `Fieldguide: ${worst?.state ?? "not running"}`, role: "button" };
    const alarmed = worst?.state === "degraded";
    this.item.backgroundColor = alarmed ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    this.changed.fire();
  }
}

const ORDER: readonly State[] = ["degraded", "scanning", "updating", "empty", "lexical ready", "ready"];

function worstOf(states: readonly IndexStatus[]): IndexStatus | undefined {
  return [...states].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))[0];
}

function progress(status: IndexStatus): string {
  return status.state === "lexical ready" && status.chunks ? ` ${Math.floor((100 * status.embedded) / status.chunks)}%` : "";
}

export function sentence(status: IndexStatus): string {
  const name = decodeURIComponent((status.folder ?? "").split("/").at(-1) ?? "");
  const made = status.embedded < status.chunks ? `, ${status.embedded} with vectors` : "";
  const why = status.reason ? `: ${status.reason}` : "";
  return `${name}: ${status.state} (${status.files} files, ${status.chunks} chunks${made})${why}`;
}

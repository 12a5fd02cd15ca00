/** The status bar item: shows the status of the index, and opens the menu. */

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { virtualFoldersNotice } from "./folders";
import { INDEX_STATUS, type IndexStatus, type State } from "../protocol";
import type { Server } from "../server/server";

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
  private readonly listener: vscode.Disposable;
  private readonly statuses = new Map<string, IndexStatus>();
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly server: Server) {
    this.item.name = "Fieldguide";
    this.item.command = "fieldguide.menu";
    this.listener = vscode.workspace.onDidChangeWorkspaceFolders(() => {
      this.draw();
    });
    server.onDidChange(() => {
      if (!server.isRunning) {
        this.statuses.clear();
      }
      this.draw();
    });
    this.draw();
    this.item.show();
  }

  listen(client: LanguageClient): void {
    client.onNotification(INDEX_STATUS, (status: IndexStatus) => {
      this.statuses.set(status.folder ?? "", status);
      this.draw();
    });
  }

  /** The status of each open folder. */
  get all(): readonly IndexStatus[] {
    return [...this.statuses.values()];
  }

  get isPaused(): boolean {
    return this.all.some((each) => each.paused);
  }

  /** Whether files are being indexed. */
  get isBusy(): boolean {
    return this.all.some((each) => each.state === "scanning" || each.state === "updating");
  }

  /** Removes the folders that were closed. */
  forget(isClosed: (status: IndexStatus) => boolean): void {
    for (const [folder, status] of this.statuses) {
      if (isClosed(status)) {
        this.statuses.delete(folder);
      }
    }
    this.draw();
  }

  dispose(): void {
    this.listener.dispose();
    this.item.dispose();
    this.changed.dispose();
  }

  private draw(): void {
    const worst = worstOf(this.all);
    const notice = virtualFoldersNotice(vscode.workspace.workspaceFolders ?? []);
    if (!this.server.isRunning) {
      this.item.text = "$(circle-slash) Fieldguide";
      this.item.tooltip = notice || "The Fieldguide server is not running.";
    } else {
      const icon = worst ? (worst.paused ? "debug-pause" : ICONS[worst.state]) : "sync~spin";
      this.item.text = `$(${icon}) Fieldguide${worst ? progress(worst) : ""}`;
      const lines = this.all.map((each) => Object.values(describe(each)).filter(Boolean).join(" · "));
      this.item.tooltip = [...lines, notice].filter(Boolean).join("\n") || "Opening the index.";
    }
    this.item.accessibilityInformation = { label: `Fieldguide: ${worst ? stateOf(worst) : "not running"}`, role: "button" };
    this.item.backgroundColor = worst?.state === "degraded" ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    this.changed.fire();
  }
}

const WORST_FIRST: readonly State[] = ["degraded", "scanning", "updating", "empty", "lexical ready", "ready"];

/** The status that the item shows. Of two with the same state, the paused one. */
function worstOf(statuses: readonly IndexStatus[]): IndexStatus | undefined {
  return [...statuses].sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state) || Number(b.paused) - Number(a.paused))[0];
}

function stateOf(status: IndexStatus): string {
  return status.paused ? `paused, ${status.state}` : status.state;
}

function progress(status: IndexStatus): string {
  return status.state === "lexical ready" && status.chunks ? ` ${Math.floor((100 * status.embedded) / status.chunks)}%` : "";
}

/** The last part of a folder's URI, decoded. */
export function nameOf(folder: string | null): string {
  return decodeURIComponent((folder ?? "").replace(/\/+$/, "").split("/").at(-1) ?? "");
}

/** A folder's status in three parts: its name, its state with figures, and the reason if the index is limited. */
export function describe(status: IndexStatus): { label: string; description: string; detail?: string } {
  const vectors = status.embedded < status.chunks ? `, ${status.embedded.toLocaleString()} with vectors` : "";
  const description = `${stateOf(status)} · ${status.files.toLocaleString()} files, ${status.chunks.toLocaleString()} chunks${vectors}`;
  return { label: nameOf(status.folder), description, ...(status.reason ? { detail: status.reason } : {}) };
}

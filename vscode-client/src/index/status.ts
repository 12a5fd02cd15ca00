/** The status-bar item: what the index can do now, and a menu. */

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { declined } from "./folders";
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
  private readonly folders: vscode.Disposable;
  private readonly states = new Map<string, IndexStatus>();
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly server: Server) {
    this.item.name = "Fieldguide";
    this.item.command = "fieldguide.menu";
    this.folders = vscode.workspace.onDidChangeWorkspaceFolders(() => {
      this.draw();
    });
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

  /** The state of each folder; of one that is not open any more nothing is told. */
  get all(): readonly IndexStatus[] {
    return [...this.states.values()];
  }

  get isPaused(): boolean {
    return this.all.some((each) => each.paused);
  }

  /** Whether files are being read. */
  get isBusy(): boolean {
    return this.all.some((each) => each.state === "scanning" || each.state === "updating");
  }

  /** Forgets the folders of which this is true: they were closed. */
  forget(isClosed: (status: IndexStatus) => boolean): void {
    for (const [folder, status] of this.states) {
      if (isClosed(status)) {
        this.states.delete(folder);
      }
    }
    this.draw();
  }

  dispose(): void {
    this.folders.dispose();
    this.item.dispose();
    this.changed.dispose();
  }

  private draw(): void {
    const worst = worstOf(this.all);
    const alarmed = worst?.state === "degraded";
    const without = declined(vscode.workspace.workspaceFolders ?? []);
    if (!this.server.isRunning) {
      this.item.text = "$(circle-slash) Fieldguide";
      this.item.tooltip = without || "Fieldguide's server is not running.";
    } else {
      const icon = worst ? (worst.paused ? "debug-pause" : ICONS[worst.state]) : "sync~spin";
      this.item.text = `$(${icon}) Fieldguide${worst ? progress(worst) : ""}`;
      const told = this.all.map((each) => Object.values(sentence(each)).filter(Boolean).join(" · "));
      this.item.tooltip = [...told, without].filter(Boolean).join("\n") || "Fieldguide is opening the index.";
    }
    this.item.accessibilityInformation = { label: `Fieldguide: ${worst ? stateOf(worst) : "not running"}`, role: "button" };
    this.item.backgroundColor = alarmed ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    this.changed.fire();
  }
}

const ORDER: readonly State[] = ["degraded", "scanning", "updating", "empty", "lexical ready", "ready"];

/** The one to tell of: of two that are as well, the one that is paused, whichever was heard of first. */
function worstOf(states: readonly IndexStatus[]): IndexStatus | undefined {
  return [...states].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || Number(b.paused) - Number(a.paused))[0];
}

function stateOf(status: IndexStatus): string {
  return status.paused ? `paused, ${status.state}` : status.state;
}

function progress(status: IndexStatus): string {
  return status.state === "lexical ready" && status.chunks ? ` ${Math.floor((100 * status.embedded) / status.chunks)}%` : "";
}

/** The last part of a folder's URI, as people write it. */
export function nameOf(folder: string | null): string {
  return decodeURIComponent((folder ?? "").replace(/\/+$/, "").split("/").at(-1) ?? "");
}

/** A folder's state in three parts: its name, what it can do, and why not more. */
export function sentence(status: IndexStatus): { label: string; description: string; detail?: string } {
  const made = status.embedded < status.chunks ? `, ${status.embedded.toLocaleString()} with vectors` : "";
  const description = `${stateOf(status)} · ${status.files.toLocaleString()} files, ${status.chunks.toLocaleString()} chunks${made}`;
  return { label: nameOf(status.folder), description, ...(status.reason ? { detail: status.reason } : {}) };
}

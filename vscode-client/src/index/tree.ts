/** The index view: each folder's state, what was left out of it and why, and what changed since. */

import * as vscode from "vscode";
import { factsOf, groupsOf, keyOf, Pages, type Fact, type FileLine, type Group, type More } from "./outline";
import { FILES, type FileGroups, type FilePage, type FilesParams, type IndexStatus } from "../protocol";
import type { Server } from "../server/server";
import { nameOf, type Status } from "./status";

const PAGE = 100;
// At each percent of the vectors there is a new state: the view follows at a pace that can be read.
const QUIET_MS = 300;

interface FolderNode {
  kind: "folder";
  status: IndexStatus;
}

type Node = FolderNode | Fact | Group | FileLine | More;

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

export class IndexTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  static readonly id = "fieldguide.index";
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  private readonly pages = new Pages();
  private readonly counted = new Map<string, { of: string; groups: FileGroups["groups"] }>();
  private later: NodeJS.Timeout | undefined;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly server: Server,
    private readonly status: Status,
  ) {
    status.onDidChange(() => {
      this.later ??= setTimeout(() => {
        this.later = undefined;
        this.changed.fire(undefined);
      }, QUIET_MS);
    });
  }

  dispose(): void {
    clearTimeout(this.later);
    this.changed.dispose();
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (!node) {
      // Folders of documentation stand below those of the workspace.
      return [...this.status.all].sort((a, b) => Number(a.docs ?? false) - Number(b.docs ?? false)).map((status) => ({ kind: "folder", status }));
    }
    if (node.kind === "folder") {
      return [...factsOf(node.status), ...(await this.groups(node.status))];
    }
    if (node.kind !== "group") {
      return [];
    }
    return node.groups.length ? node.groups : this.pages.lines(node, (after) => this.page(node, after));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const item = drawn(node);
    item.contextValue = node.kind === "folder" && node.status.docs ? "docs" : node.kind;
    return item;
  }

  /** Lists one page more of a group. */
  async more(group: Group): Promise<void> {
    await this.pages.add(group, (after) => this.page(group, after));
    this.changed.fire(undefined);
  }

  /** Looks at everything anew. */
  refresh(): void {
    this.pages.forget();
    this.counted.clear();
    this.changed.fire(undefined);
  }

  /** What is not held; asked again only when the numbers say that it changed. */
  private async groups(status: IndexStatus): Promise<Group[]> {
    const folder = status.folder ?? "";
    const now = JSON.stringify([status.files, status.skipped, status.state === "scanning" || status.state === "updating"]);
    let known = this.counted.get(folder);
    if (known?.of !== now) {
      this.pages.forget(folder);
      const { groups } = await this.server.request<FileGroups>(FILES, { folder } satisfies FilesParams);
      known = { of: now, groups };
      this.counted.set(folder, known);
    }
    return groupsOf(folder, known.groups);
  }

  private page(group: Group, after: string | undefined): Promise<FilePage> {
    const params: FilesParams = { folder: group.folder, state: group.state, limit: PAGE, ...(group.reason ? { reason: group.reason } : {}), ...(after ? { after } : {}) };
    return this.server.request<FilePage>(FILES, params);
  }
}

function drawn(node: Node): vscode.TreeItem {
  switch (node.kind) {
    case "folder":
      return folder(node.status);
    case "fact":
      return titled(node.label, node.icon, node.description, None);
    case "group":
      return titled(node.label, node.icon, node.description, Collapsed, keyOf(node));
    case "more": {
      const item = titled("Show more", "ellipsis", "", None);
      item.command = { title: "Show more", command: "fieldguide.index.more", arguments: [node.group] };
      return item;
    }
    case "file":
      return file(node);
  }
}

function folder(status: IndexStatus): vscode.TreeItem {
  const [icon, description, state] = status.docs ? (["library", "docs", Collapsed] as const) : (["root-folder", "", Expanded] as const);
  return titled(nameOf(status.folder), icon, description, state, status.folder ?? "");
}

function file(node: FileLine): vscode.TreeItem {
  const uri = vscode.Uri.joinPath(vscode.Uri.parse(node.folder), node.path);
  const item = new vscode.TreeItem(uri, None);
  item.description = node.path.includes("/") ? node.path.slice(0, node.path.lastIndexOf("/")) : "";
  item.tooltip = `${node.path}: ${node.reason || node.state}`;
  item.iconPath = vscode.ThemeIcon.File;
  item.command = { title: "Open", command: "vscode.open", arguments: [uri] };
  return item;
}

function titled(label: string, icon: string, description: string, state: vscode.TreeItemCollapsibleState, id?: string): vscode.TreeItem {
  const item = new vscode.TreeItem(label, state);
  item.iconPath = new vscode.ThemeIcon(icon);
  item.description = description;
  item.tooltip = description ? `${label}: ${description}` : label;
  if (id !== undefined) {
    item.id = id;
  }
  return item;
}

/** The index view: the status of each folder, the files that are not indexed with the reasons, and those that changed since. */

import * as vscode from "vscode";
import { factsOf, groupsOf, keyOf, Pages, type Fact, type FileNode, type Group, type MoreNode } from "./outline";
import { FILES, type FileGroups, type FilePage, type FilesParams, type IndexStatus } from "../protocol";
import type { Server } from "../server/server";
import { nameOf, type Status } from "./status";

const PAGE_SIZE = 100;
// While vectors are computed, the status changes at each percent: the view is updated less often.
const THROTTLE_MS = 300;

interface FolderNode {
  kind: "folder";
  status: IndexStatus;
}

type Node = FolderNode | Fact | Group | FileNode | MoreNode;

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

export class IndexTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  static readonly id = "fieldguide.index";
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  private readonly pages = new Pages();
  private readonly counts = new Map<string, { key: string; groups: FileGroups["groups"] }>();
  private timer: NodeJS.Timeout | undefined;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly server: Server,
    private readonly status: Status,
  ) {
    status.onDidChange(() => {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.changed.fire(undefined);
      }, THROTTLE_MS);
    });
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (!node) {
      // Folders of documentation come after those of the workspace.
      return [...this.status.all].sort((a, b) => Number(a.docs ?? false) - Number(b.docs ?? false)).map((status) => ({ kind: "folder", status }));
    }
    if (node.kind === "folder") {
      return [...factsOf(node.status), ...(await this.groups(node.status))];
    }
    if (node.kind !== "group") {
      return [];
    }
    return node.groups.length ? node.groups : this.pages.nodes(node, (after) => this.readPage(node, after));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const item = itemOf(node);
    item.contextValue = node.kind === "folder" && node.status.docs ? "docs" : node.kind;
    return item;
  }

  /** Reads the next page of a group. */
  async showMore(group: Group): Promise<void> {
    await this.pages.addPage(group, (after) => this.readPage(group, after));
    this.changed.fire(undefined);
  }

  /** Reads everything again. */
  refresh(): void {
    this.pages.forget();
    this.counts.clear();
    this.changed.fire(undefined);
  }

  /** The groups of a folder; read again only if the figures of its status have changed. */
  private async groups(status: IndexStatus): Promise<Group[]> {
    const folder = status.folder ?? "";
    const key = JSON.stringify([status.files, status.skipped, status.state === "scanning" || status.state === "updating"]);
    let counts = this.counts.get(folder);
    if (counts?.key !== key) {
      this.pages.forget(folder);
      const { groups } = await this.server.request<FileGroups>(FILES, { folder } satisfies FilesParams);
      counts = { key, groups };
      this.counts.set(folder, counts);
    }
    return groupsOf(folder, counts.groups);
  }

  private readPage(group: Group, after: string | undefined): Promise<FilePage> {
    const params: FilesParams = { folder: group.folder, state: group.state, limit: PAGE_SIZE, ...(group.reason ? { reason: group.reason } : {}), ...(after ? { after } : {}) };
    return this.server.request<FilePage>(FILES, params);
  }
}

function itemOf(node: Node): vscode.TreeItem {
  switch (node.kind) {
    case "folder":
      return folderItem(node.status);
    case "fact":
      return newItem(node.label, node.icon, node.description, None);
    case "group":
      return newItem(node.label, node.icon, node.description, Collapsed, keyOf(node));
    case "more": {
      const item = newItem("Show more", "ellipsis", "", None);
      item.command = { title: "Show more", command: "fieldguide.index.more", arguments: [node.group] };
      return item;
    }
    case "file":
      return fileItem(node);
  }
}

function folderItem(status: IndexStatus): vscode.TreeItem {
  const [icon, description, state] = status.docs ? (["library", "docs", Collapsed] as const) : (["root-folder", "", Expanded] as const);
  return newItem(nameOf(status.folder), icon, description, state, status.folder ?? "");
}

function fileItem(node: FileNode): vscode.TreeItem {
  const uri = vscode.Uri.joinPath(vscode.Uri.parse(node.folder), node.path);
  const item = new vscode.TreeItem(uri, None);
  item.description = node.path.includes("/") ? node.path.slice(0, node.path.lastIndexOf("/")) : "";
  item.tooltip = `${node.path}: ${node.reason || node.state}`;
  item.iconPath = vscode.ThemeIcon.File;
  item.command = { title: "Open", command: "vscode.open", arguments: [uri] };
  return item;
}

function newItem(label: string, icon: string, description: string, state: vscode.TreeItemCollapsibleState, id?: string): vscode.TreeItem {
  const item = new vscode.TreeItem(label, state);
  item.iconPath = new vscode.ThemeIcon(icon);
  item.description = description;
  item.tooltip = description ? `${label}: ${description}` : label;
  if (id !== undefined) {
    item.id = id;
  }
  return item;
}

/** The index view: each folder's state, and what was left out of it and why. */

import * as vscode from "vscode";
import type { IndexStatus } from "./protocol";
import type { Status } from "./status";

interface Node {
  label: string;
  icon?: string;
  children: Node[];
}

export class IndexTree implements vscode.TreeDataProvider<Node> {
  static readonly id = "fieldguide.index";
  readonly onDidChangeTreeData;

  constructor(private readonly status: Status) {
    this.onDidChangeTreeData = status.onDidChange;
  }

  getChildren(node?: Node): Node[] {
    return node ? node.children : this.status.all.map(folderNode);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const state = node.children.length ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None;
    const item = new vscode.TreeItem(node.label, state);
    if (node.icon) {
      item.iconPath = new vscode.ThemeIcon(node.icon);
    }
    return item;
  }
}

function folderNode(status: IndexStatus): Node {
  const leaf = (label: string, icon: string): Node => ({ label, icon, children: [] });
  const skipped = Object.entries(status.skipped).map(([reason, count]) => leaf(`${count} ${reason}`, "dash"));
  const children = [
    leaf(`State: ${status.state}`, "pulse"),
    leaf(`${status.files} files in ${status.chunks} chunks`, "files"),
    leaf(`${status.embedded} chunks with vectors`, "symbol-array"),
  ];
  if (status.reason) {
    children.push(leaf(status.reason, "warning"));
  }
  if (skipped.length) {
    children.push({ label: "Left out", icon: "circle-slash", children: skipped });
  }
  return { label: decodeURIComponent((status.folder ?? "").split("/").at(-1) ?? ""), icon: "root-folder", children };
}

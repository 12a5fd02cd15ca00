/** The nodes of the index view, and pages of files. Independent of `vscode`, so that unit tests can import it. */

import type { FileGroups, FilePage, FileState, IndexStatus } from "../protocol";

/** A node that shows one figure or sentence. */
export interface Fact {
  kind: "fact";
  label: string;
  description: string;
  icon: string;
}

/** Files in the same state for the same reason, read when the node is expanded; or groups of such files. */
export interface Group {
  kind: "group";
  folder: string;
  state: FileState;
  reason: string;
  label: string;
  description: string;
  icon: string;
  groups: Group[];
}

export interface FileNode {
  kind: "file";
  folder: string;
  path: string;
  state: FileState;
  reason: string;
}

/** The node that reads the next page. */
export interface MoreNode {
  kind: "more";
  group: Group;
}

type Counts = FileGroups["groups"];

export function factsOf(status: IndexStatus): Fact[] {
  const fact = (label: string, description: string, icon: string): Fact => ({ kind: "fact", label, description, icon });
  const missing = status.chunks - status.embedded;
  const facts = [
    fact("State", status.paused ? `paused, ${status.state}` : status.state, status.paused ? "debug-pause" : "pulse"),
    fact("Files", status.files.toLocaleString("en"), "files"),
    fact("Chunks", `${status.chunks.toLocaleString("en")}${missing > 0 ? `, ${missing.toLocaleString("en")} without vectors yet` : ""}`, "symbol-array"),
  ];
  return status.reason ? [...facts, fact(status.reason, "", "info")] : facts;
}

/** The files that are not indexed, by state and reason; and those that changed since, which are only read when expanded. */
export function groupsOf(folder: string, counts: Counts): Group[] {
  const group = (state: FileState, label: string, icon: string, more: Partial<Group> = {}): Group => ({
    kind: "group", folder, state, reason: "", label, description: "", icon, groups: [], ...more,
  });
  const of = (state: FileState, label: string, icon: string): Group[] => {
    const matching = counts.filter((each) => each.state === state);
    const groups = matching.map((each) => group(state, each.reason || "unknown reason", "dash", { reason: each.reason, description: fileCount(each.count) }));
    const total = matching.reduce((sum, each) => sum + each.count, 0);
    return total ? [group(state, label, icon, { description: fileCount(total), groups })] : [];
  };
  return [...of("failed", "Failed", "error"), ...of("skipped", "Skipped", "circle-slash"), group("stale", "Changed since indexed", "history")];
}

function fileCount(count: number): string {
  return count === 1 ? "1 file" : `${count.toLocaleString("en")} files`;
}

/** The pages of each group that were read so far. */
export class Pages {
  private readonly pages = new Map<string, { files: FilePage["files"]; next: string | null }>();

  /** The nodes of a group; reads the first page if none was read. */
  async nodes(group: Group, readPage: (after: string | undefined) => Promise<FilePage>): Promise<(FileNode | MoreNode)[]> {
    const loaded = this.pages.get(keyOf(group)) ?? (await this.addPage(group, readPage));
    const nodes = loaded.files.map(({ path, state, reason }): FileNode => ({ kind: "file", folder: group.folder, path, state, reason }));
    return loaded.next === null ? nodes : [...nodes, { kind: "more", group }];
  }

  /** Reads the next page. */
  async addPage(group: Group, readPage: (after: string | undefined) => Promise<FilePage>): Promise<{ files: FilePage["files"]; next: string | null }> {
    const loaded = this.pages.get(keyOf(group));
    const { files, next } = await readPage(loaded?.next ?? undefined);
    const all = { files: [...(loaded?.files ?? []), ...files], next };
    this.pages.set(keyOf(group), all);
    return all;
  }

  forget(folder?: string): void {
    for (const key of this.pages.keys()) {
      if (folder === undefined || key.startsWith(`${folder}\n`)) {
        this.pages.delete(key);
      }
    }
  }
}

export function keyOf({ folder, state, reason }: Group): string {
  return `${folder}\n${state}\n${reason}`;
}

/** The index view as values: what stands below a folder, and pages of files. Knows no editor. */

import type { FileGroups, FilePage, FileState, IndexStatus } from "../protocol";

/** A line that says something. */
export interface Fact {
  kind: "fact";
  label: string;
  description: string;
  icon: string;
}

/** Files in one state, for one reason, that are listed when it is opened; or groups of them. */
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

export interface FileLine {
  kind: "file";
  folder: string;
  path: string;
  state: FileState;
  reason: string;
}

/** What lists the next page. */
export interface More {
  kind: "more";
  group: Group;
}

type Counted = FileGroups["groups"];

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

/** What is not held, by state and reason; and what may have changed since, of which nothing is known before it is opened. */
export function groupsOf(folder: string, counted: Counted): Group[] {
  const group = (state: FileState, label: string, icon: string, more: Partial<Group> = {}): Group => ({
    kind: "group", folder, state, reason: "", label, description: "", icon, groups: [], ...more,
  });
  const of = (state: FileState, label: string, icon: string): Group[] => {
    const found = counted.filter((each) => each.state === state);
    const groups = found.map((each) => group(state, each.reason || "no reason given", "dash", { reason: each.reason, description: counts(each.count) }));
    const total = found.reduce((sum, each) => sum + each.count, 0);
    return total ? [group(state, label, icon, { description: counts(total), groups })] : [];
  };
  return [...of("failed", "Failed", "error"), ...of("skipped", "Left out", "circle-slash"), group("stale", "Changed since indexed", "history")];
}

function counts(count: number): string {
  return count === 1 ? "1 file" : `${count.toLocaleString("en")} files`;
}

/** The pages of a group that were read so far. */
export class Pages {
  private readonly read = new Map<string, { files: FilePage["files"]; next: string | null }>();

  /** The lines of a group, its first page read when it is opened. */
  async lines(group: Group, page: (after: string | undefined) => Promise<FilePage>): Promise<(FileLine | More)[]> {
    const known = this.read.get(keyOf(group)) ?? (await this.add(group, page));
    const lines = known.files.map(({ path, state, reason }): FileLine => ({ kind: "file", folder: group.folder, path, state, reason }));
    return known.next === null ? lines : [...lines, { kind: "more", group }];
  }

  /** Reads one page more. */
  async add(group: Group, page: (after: string | undefined) => Promise<FilePage>): Promise<{ files: FilePage["files"]; next: string | null }> {
    const known = this.read.get(keyOf(group));
    const { files, next } = await page(known?.next ?? undefined);
    const together = { files: [...(known?.files ?? []), ...files], next };
    this.read.set(keyOf(group), together);
    return together;
  }

  forget(folder?: string): void {
    for (const key of this.read.keys()) {
      if (folder === undefined || key.startsWith(`${folder}\n`)) {
        this.read.delete(key);
      }
    }
  }
}

export function keyOf({ folder, state, reason }: Group): string {
  return `${folder}\n${state}\n${reason}`;
}

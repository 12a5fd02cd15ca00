import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(__dirname, "..", "..", "src");
const IMPORT = /(?:from|import\()\s*"(\.[^"]+)"/g;

type Graph = Map<string, Set<string>>;

/** Which files of `src` each file imports, types and dynamic imports included. */
function fileGraph(): Graph {
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(SRC, file), "utf8");
      const paths = [...text.matchAll(IMPORT)].map(([, path = ""]) => relative(SRC, join(SRC, dirname(file), path.replace(/\.js$/, ""))));
      return [file, new Set(paths.map((path) => `${path}.ts`))];
    }),
  );
}

/** The same graph with every folder as one node; files at the root stay nodes of their own. */
function folderGraph(files: Graph): Graph {
  const folderOf = (file: string): string => file.split(sep)[0] ?? file;
  const folders: Graph = new Map();
  for (const [file, targets] of files) {
    const imported = folders.get(folderOf(file)) ?? new Set();
    targets.forEach((target) => imported.add(folderOf(target)));
    imported.delete(folderOf(file));
    folders.set(folderOf(file), imported);
  }
  return folders;
}

/** The first cycle that a depth-first search finds; empty if there is none. */
function cycleIn(graph: Graph): string[] {
  const finished = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] => {
    if (path.includes(node)) {
      return [...path.slice(path.indexOf(node)), node];
    }
    for (const target of finished.has(node) ? [] : (graph.get(node) ?? [])) {
      const cycle = visit(target, [...path, node]);
      if (cycle.length) {
        return cycle;
      }
    }
    finished.add(node);
    return [];
  };
  return [...graph.keys()].map((node) => visit(node, [])).find((cycle) => cycle.length) ?? [];
}

describe("the imports of src", () => {
  const files = fileGraph();

  it("lead to files that exist", () => {
    const targets = [...files.values()].flatMap((each) => [...each]);
    expect(targets.length).toBeGreaterThan(50);
    expect(targets.filter((target) => !files.has(target))).toEqual([]);
  });

  it("form no cycle between files", () => {
    expect(cycleIn(files)).toEqual([]);
  });

  it("form no cycle between folders", () => {
    expect(cycleIn(folderGraph(files))).toEqual([]);
  });

  it("would be reported if they formed a cycle", () => {
    const graph: Graph = new Map([["a", new Set(["b"])], ["b", new Set(["c"])], ["c", new Set(["b"])]]);
    expect(cycleIn(graph)).toEqual(["b", "c", "b"]);
  });
});

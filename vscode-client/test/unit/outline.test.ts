import { describe, expect, it } from "vitest";
import { factsOf, groupsOf, Pages, type Group } from "../../src/index/outline";
import type { FilePage, IndexStatus } from "../../src/protocol";

const FOLDER = "file:///shop";
const status: IndexStatus = { folder: FOLDER, state: "lexical ready", files: 1200, chunks: 5000, embedded: 4000, skipped: {}, reason: "" };
const binary = { state: "skipped" as const, reason: "binary", count: 1250 };

function page(paths: string[], next: string | null): FilePage {
  return { folder: FOLDER, files: paths.map((path) => ({ path, state: "skipped", reason: "binary", chunks: 0 })), next };
}

describe("the index view", () => {
  it("shows the state of the index and formatted figures", () => {
    const lines = factsOf({ ...status, reason: "Held up." }).map((each) => `${each.label}: ${each.description}`);
    expect(lines).toEqual(["State: lexical ready", "Files: 1,200", "Chunks: 5,000, 1,000 without vectors yet", "Held up.: "]);
    expect(factsOf({ ...status, paused: true })[0]?.description).toBe("paused, lexical ready");
  });

  it("groups the files that are not indexed by state and reason, with counts; failed files come first", () => {
    const failed = { state: "failed" as const, reason: "not readable", count: 1 };
    const groups = groupsOf(FOLDER, [binary, { ...binary, reason: "too large", count: 2 }, failed]);
    expect(groups.map((each) => `${each.label}: ${each.description}`)).toEqual(["Failed: 1 file", "Skipped: 1,252 files", "Changed since indexed: "]);
    expect(groups[1]?.groups.map((each) => `${each.reason}: ${each.description}`)).toEqual(["binary: 1,250 files", "too large: 2 files"]);
  });

  it("has no group without files, except for changed files", () => {
    expect(groupsOf(FOLDER, []).map((each) => each.state)).toEqual(["stale"]);
  });
});

describe("the files of a group", () => {
  const [group] = groupsOf(FOLDER, [binary])[0]?.groups as [Group];

  it("are read page by page, each page once", async () => {
    const pages = new Pages();
    const requested: (string | undefined)[] = [];
    const readPage = (after: string | undefined): Promise<FilePage> => {
      requested.push(after);
      return Promise.resolve(after ? page(["c.png"], null) : page(["a.png", "b.png"], "b.png"));
    };
    const first = await pages.nodes(group, readPage);
    expect(first.map((each) => (each.kind === "file" ? each.path : each.kind))).toEqual(["a.png", "b.png", "more"]);
    await pages.addPage(group, readPage);
    const all = await pages.nodes(group, readPage);
    expect(all.map((each) => (each.kind === "file" ? each.path : each.kind))).toEqual(["a.png", "b.png", "c.png"]);
    expect(requested).toEqual([undefined, "b.png"]);
  });

  it("are read again after the folder has changed", async () => {
    const pages = new Pages();
    await pages.nodes(group, () => Promise.resolve(page(["old.png"], null)));
    pages.forget("file:///other");
    expect(await pages.nodes(group, () => Promise.reject(new Error("not requested")))).toHaveLength(1);
    pages.forget(FOLDER);
    expect(await pages.nodes(group, () => Promise.resolve(page([], null)))).toEqual([]);
  });
});

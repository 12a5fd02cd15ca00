import { describe, expect, it } from "vitest";
import { isLocal, virtualFoldersNotice } from "../../src/index/folders";

const disk = { name: "shop", uri: { scheme: "file" } };
const remote = { name: "cloud", uri: { scheme: "vscode-vfs" } };

describe("workspace folders", () => {
  it("are indexed if they are on a disk", () => {
    expect([disk, remote].filter(isLocal)).toEqual([disk]);
    expect(virtualFoldersNotice([disk])).toBe("");
  });

  it("are named in one sentence if they are not on a disk", () => {
    expect(virtualFoldersNotice([disk, remote])).toBe("Fieldguide indexes only folders on a disk, not cloud (vscode-vfs).");
  });
});

import { describe, expect, it } from "vitest";
import { declined, isLocal } from "../../src/index/folders";

const disk = { name: "shop", uri: { scheme: "file" } };
const remote = { name: "cloud", uri: { scheme: "vscode-vfs" } };

describe("workspace folders", () => {
  it("are indexed where they are on a disk", () => {
    expect([disk, remote].filter(isLocal)).toEqual([disk]);
    expect(declined([disk])).toBe("");
  });

  it("are declined in one sentence that names them where they are not", () => {
    expect(declined([disk, remote])).toBe("Fieldguide's index needs files on a disk, so it leaves out cloud (vscode-vfs).");
  });
});

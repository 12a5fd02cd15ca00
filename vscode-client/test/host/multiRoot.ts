import assert from "node:assert/strict";
import * as vscode from "vscode";
import { observed, ready, tooltip, waitFor } from "./support";

async function search(query: string): Promise<string[]> {
  const result = await vscode.lm.invokeTool("fieldguide_search", { input: { query }, toolInvocationToken: undefined });
  return result.content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : ""));
}

describe("a workspace of several folders", () => {
  it("has one index for each folder, and searches all of them", async () => {
    await ready();
    await waitFor(() => tooltip().match(/ · ready · /g)?.length === 2, "two indexes");
    const found = (await search("gross_price or launch_rocket")).join("\n");
    assert.match(found, /^shop\/shop\/prices\.py:\d+-\d+/m);
    assert.match(found, /^space\/rocket\.py:\d+-\d+/m);
  });

  it("names a virtual folder that is not indexed, and serves the others", async () => {
    const scheme = "cloud";
    const files = vscode.workspace.registerFileSystemProvider(scheme, new EmptyFileSystem());
    const count = vscode.workspace.workspaceFolders?.length ?? 0;
    vscode.workspace.updateWorkspaceFolders(count, 0, { uri: vscode.Uri.parse(`${scheme}:/far`), name: "far" });
    try {
      await waitFor(() => tooltip().includes("not far (cloud)"), "the notice");
      assert.equal(observed.context.get("fieldguide.virtual"), false);
      assert.match((await search("launch_rocket")).join("\n"), /rocket\.py/);
    } finally {
      vscode.workspace.updateWorkspaceFolders(count, 1);
      files.dispose();
    }
  });
});

/** A virtual file system without files. */
class EmptyFileSystem implements vscode.FileSystemProvider {
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;
  watch = (): vscode.Disposable => new vscode.Disposable(() => undefined);
  stat = (): vscode.FileStat => ({ type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 });
  readDirectory = (): [string, vscode.FileType][] => [];
  readFile = (file: vscode.Uri): Uint8Array => {
    throw vscode.FileSystemError.FileNotFound(file);
  };
  createDirectory = (): void => undefined;
  writeFile = (): void => undefined;
  delete = (): void => undefined;
  rename = (): void => undefined;
}

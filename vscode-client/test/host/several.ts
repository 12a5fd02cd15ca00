import assert from "node:assert/strict";
import * as vscode from "vscode";
import { ready, seen, tooltip, until } from "./support";

async function searched(query: string): Promise<string[]> {
  const found = await vscode.lm.invokeTool("fieldguide_search", { input: { query }, toolInvocationToken: undefined });
  return found.content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : ""));
}

describe("a workspace of several folders", () => {
  it("has one index a folder, and a search over all of them", async () => {
    await ready();
    await until(() => tooltip().match(/ · ready · /g)?.length === 2, "two indexes");
    const found = (await searched("gross_price or launch_rocket")).join("\n");
    assert.match(found, /^shop\/shop\/prices\.py:\d+-\d+/m);
    assert.match(found, /^space\/rocket\.py:\d+-\d+/m);
  });

  it("says in a sentence that a folder which is on no disk is left out, and serves the others", async () => {
    const scheme = "cloud";
    const files = vscode.workspace.registerFileSystemProvider(scheme, new Empty());
    const count = vscode.workspace.workspaceFolders?.length ?? 0;
    vscode.workspace.updateWorkspaceFolders(count, 0, { uri: vscode.Uri.parse(`${scheme}:/far`), name: "far" });
    try {
      await until(() => tooltip().includes("leaves out far (cloud)"), "the sentence");
      assert.equal(seen.context.get("fieldguide.virtual"), false);
      assert.match((await searched("launch_rocket")).join("\n"), /rocket\.py/);
    } finally {
      vscode.workspace.updateWorkspaceFolders(count, 1);
      files.dispose();
    }
  });
});

/** A disk that is none. */
class Empty implements vscode.FileSystemProvider {
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

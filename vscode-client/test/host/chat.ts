import assert from "node:assert/strict";
import * as vscode from "vscode";
import { ask } from "./participant";
import { open, positionOf, ready, uri } from "./support";

describe("VS Code's own chat", () => {
  before(ready);

  it("provides the tool of the manifest, which returns the matching passages", async () => {
    const tool = vscode.lm.tools.find((each) => each.name === "fieldguide_search");
    assert.ok(tool?.inputSchema);
    const result = await vscode.lm.invokeTool("fieldguide_search", { input: { query: "sign_cookie", limit: 2 }, toolInvocationToken: undefined });
    const texts = result.content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : ""));
    assert.equal(texts.length, 2);
    assert.match(texts[0] ?? "", /^shop\/sessions\.py:\d+-\d+\n/);
  });

  it("shows an answer with links for its verified citations, and follow-up questions", async () => {
    const { text, anchors, references, result } = await ask("Who signs a cookie?");
    assert.match(text, /Offline answer/);
    assert.ok(references.some((location) => location.uri.path.endsWith("/shop/sessions.py")));
    assert.ok(anchors.every((each) => /^[\w/.]+:\d+-\d+$/.test(each)), anchors.join());
    const { followUps } = result?.metadata as { followUps: string[] };
    assert.ok(followUps.length);
  });

  it("explains the attached lines, otherwise the selection", async () => {
    const document = await open("shop/prices.py");
    const location = new vscode.Location(uri("shop", "prices.py"), new vscode.Range(positionOf(document, "def gross"), positionOf(document, "VAT)")));
    assert.match((await ask("", { command: "explain", references: [location] })).text, /gross_price/);
    const editor = vscode.window.activeTextEditor;
    assert.ok(editor);
    editor.selection = new vscode.Selection(positionOf(document, "def format_price"), positionOf(document, "EUR"));
    assert.match((await ask("", { command: "explain" })).text, /format_price/);
  });

  it("answers about the attached lines", async () => {
    const document = await open("shop/sessions.py");
    const location = new vscode.Location(document.uri, new vscode.Range(positionOf(document, "def rollback"), positionOf(document, "clear()")));
    assert.match((await ask("What does this forget?", { references: [location] })).text, /rollback/);
  });

  it("shows a generated config without writing it", async () => {
    const { text, buttons } = await ask("for gitpod, please", { command: "config" });
    assert.match(text, /`\.gitpod\.yml`/);
    assert.deepEqual(buttons, ["fieldguide.pickConfig"]);
    await assert.rejects(async () => vscode.workspace.fs.stat(uri(".gitpod.yml")));
  });
});

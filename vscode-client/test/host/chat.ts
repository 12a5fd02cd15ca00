import assert from "node:assert/strict";
import * as vscode from "vscode";
import { asked } from "./asking";
import { at, ready, shown, uri } from "./support";

describe("VS Code's own chat", () => {
  before(ready);

  it("finds the tool of the manifest, and gives a model the passages that fit", async () => {
    const tool = vscode.lm.tools.find((each) => each.name === "fieldguide_search");
    assert.ok(tool?.inputSchema);
    const found = await vscode.lm.invokeTool("fieldguide_search", { input: { query: "sign_cookie", limit: 2 }, toolInvocationToken: undefined });
    const texts = found.content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : ""));
    assert.equal(texts.length, 2);
    assert.match(texts[0] ?? "", /^shop\/sessions\.py:\d+-\d+\n/);
  });

  it("gets an answer with places to open for what was checked, and questions to go on with", async () => {
    const { text, anchors, references, result } = await asked("Who signs a cookie?");
    assert.match(text, /Offline answer/);
    assert.ok(references.some((place) => place.uri.path.endsWith("/shop/sessions.py")));
    assert.ok(anchors.every((each) => /^[\w/.]+:\d+-\d+$/.test(each)), anchors.join());
    const { followUps } = result?.metadata as { followUps: string[] };
    assert.ok(followUps.length);
  });

  it("has the attached lines explained, else those that are selected", async () => {
    const document = await shown("shop/prices.py");
    const place = new vscode.Location(uri("shop", "prices.py"), new vscode.Range(at(document, "def gross"), at(document, "VAT)")));
    assert.match((await asked("", { command: "explain", references: [place] })).text, /gross_price/);
    const editor = vscode.window.activeTextEditor;
    assert.ok(editor);
    editor.selection = new vscode.Selection(at(document, "def format_price"), at(document, "EUR"));
    assert.match((await asked("", { command: "explain" })).text, /format_price/);
  });

  it("answers about the lines that were attached to a question", async () => {
    const document = await shown("shop/sessions.py");
    const place = new vscode.Location(document.uri, new vscode.Range(at(document, "def rollback"), at(document, "clear()")));
    assert.match((await asked("What does this forget?", { references: [place] })).text, /rollback/);
  });

  it("shows a config that was made from evidence, and writes none", async () => {
    const { text, buttons } = await asked("for gitpod, please", { command: "config" });
    assert.match(text, /`\.gitpod\.yml`/);
    assert.deepEqual(buttons, ["fieldguide.pickConfig"]);
    await assert.rejects(async () => vscode.workspace.fs.stat(uri(".gitpod.yml")));
  });
});

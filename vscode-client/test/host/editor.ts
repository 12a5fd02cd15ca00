import assert from "node:assert/strict";
import * as vscode from "vscode";
import { extension, measured, observed, open, positionOf, ready, tooltip, updateSetting, uri, waitFor } from "./support";

interface Contributions {
  contributes: { commands: { command: string }[] };
}

function textOf(hovers: vscode.Hover[]): string {
  return hovers
    .flatMap((hover) => hover.contents as vscode.MarkdownString[])
    .map((content) => content.value)
    .join("\n");
}

async function hoverAt(path: string, text: string): Promise<string> {
  const document = await open(path);
  return textOf(await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", document.uri, positionOf(document, text, 2)));
}

async function actions(document: vscode.TextDocument, range: vscode.Range, kind?: string): Promise<vscode.CodeAction[]> {
  return vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", document.uri, range, kind, 20);
}

describe("the extension in an editor", () => {
  it("is activated without waiting for the server", async () => {
    await extension?.activate();
    assert.equal(observed.context.get("fieldguide.running"), false);
    assert.match(observed.status?.text ?? "", /circle-slash/);
  });

  it("shows the progress of the index in the status bar until it is ready", async () => {
    const texts = new Set<string>();
    await waitFor(() => {
      texts.add(observed.status?.text ?? "");
      return observed.status?.text.startsWith("$(check-all)");
    }, "a ready index");
    assert.ok(texts.size > 1, [...texts].join());
    assert.equal(observed.context.get("fieldguide.running"), true);
    assert.match(tooltip(), /^shop · ready · \d+ files, \d+ chunks/);
    assert.equal(observed.status?.command, "fieldguide.menu");
  });

  it("registers every command that it contributes", async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    const { contributes } = extension?.packageJSON as Contributions;
    assert.deepEqual(
      contributes.commands.map((each) => each.command).filter((command) => !registered.has(command)),
      [],
    );
  });

  it("shows a hover from the index with at most twelve lines", async () => {
    await ready();
    const hover = await waitFor(() => hoverAt("shop/checkout.py", "gross_price(net)"), "a hover");
    assert.match(hover, /prices\.py/);
    const lines = hover.trim().split("\n").length;
    measured["hover, lines"] = lines;
    assert.ok(lines <= 12, hover);
  });

  it("applies a change of a setting", async () => {
    await updateSetting("hover.enabled", false);
    await waitFor(async () => (await hoverAt("shop/checkout.py", "gross_price(net)")) === "", "no hover");
    await updateSetting("hover.enabled", undefined);
    await waitFor(() => hoverAt("shop/checkout.py", "gross_price(net)"), "the hover again");
  });

  it("offers config generation as a source action of root files, and no quick fix for valid code", async () => {
    const root = await open("pyproject.toml");
    const offered = await waitFor(() => actions(root, new vscode.Range(0, 0, 0, 0), "source.fieldguide"), "actions");
    assert.deepEqual([...new Set(offered.map((each) => each.kind?.value))], ["source.fieldguide.generateConfig"]);
    const code = await open("shop/prices.py");
    const fixes = await actions(code, new vscode.Range(0, 0, code.lineCount, 0), vscode.CodeActionKind.QuickFix.value);
    assert.deepEqual(fixes, []);
  });

  it("offers to explain a problem below its quick fixes", async () => {
    const document = await open("shop/prices.py");
    const range = new vscode.Range(positionOf(document, "VAT"), positionOf(document, "VAT", 3));
    const collection = vscode.languages.createDiagnosticCollection("linter");
    const provider = vscode.languages.registerCodeActionsProvider(document.uri, {
      provideCodeActions: (_document, _range, { diagnostics }) => {
        const fix = new vscode.CodeAction("Rename VAT", vscode.CodeActionKind.QuickFix);
        return diagnostics.length ? [Object.assign(fix, { diagnostics: [...diagnostics] })] : [];
      },
    });
    collection.set(document.uri, [new vscode.Diagnostic(range, "VAT is a bad name")]);
    try {
      const titles = await waitFor(async () => {
        const found = (await actions(document, range, vscode.CodeActionKind.QuickFix.value)).map((each) => each.title);
        return found.length > 1 ? found : undefined;
      }, "both actions");
      // VS Code's own actions follow.
      assert.deepEqual(titles.slice(0, 2), ["Rename VAT", "Explain this problem"]);
    } finally {
      vscode.Disposable.from(collection, provider).dispose();
    }
  });

  it("enables the commands that are possible: pause, or resume if paused", async () => {
    await vscode.commands.executeCommand("fieldguide.pause");
    await waitFor(() => observed.context.get("fieldguide.paused"), "the pause");
    assert.match(observed.status?.text ?? "", /debug-pause/);
    await vscode.commands.executeCommand("fieldguide.resume");
    await waitFor(() => observed.context.get("fieldguide.paused") === false, "its end");
  });

  it("reports a problem in a config file, and fixes it", async () => {
    const document = await open(".gitpod.yml", "tasks:\n  - init: ./setup.sh\nprots:\n  - port: 8080\n");
    const problem = await waitFor(
      () => vscode.languages.getDiagnostics(document.uri).find((each) => each.source === "fieldguide" && each.message.includes("prots")),
      "a diagnostic",
    );
    assert.equal(document.getText(problem.range).slice(0, 5), "prots");
    const fix = await waitFor(async () => (await actions(document, problem.range, vscode.CodeActionKind.QuickFix.value)).find((each) => each.edit), "a fix");
    assert.ok(fix.edit);
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.match(document.getText(), /^ports:$/m);
    await waitFor(() => vscode.languages.getDiagnostics(document.uri).every((each) => !each.message.includes("prots")), "its end");
  });

  it("completes the keys of a config file", async () => {
    const document = await open(".gitpod.yml");
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(document.lineCount - 1, 0), "v");
    await vscode.workspace.applyEdit(edit);
    const end = document.lineAt(document.lineCount - 1).range.end;
    const found = await waitFor(async () => {
      const { items } = await vscode.commands.executeCommand<vscode.CompletionList>("vscode.executeCompletionItemProvider", document.uri, end);
      return items.find((each) => (typeof each.label === "string" ? each.label : each.label.label).startsWith("vscode"));
    }, "the key");
    assert.ok(found);
    await vscode.commands.executeCommand("workbench.action.files.revert");
    await vscode.workspace.fs.delete(uri(".gitpod.yml"));
  });

  it("shows the state of a folder in the index view", async () => {
    const tree = observed.tree;
    assert.ok(tree);
    const label = async (node: unknown): Promise<string> => {
      const { label: text } = await tree.getTreeItem(node);
      return typeof text === "string" ? text : (text?.label ?? "");
    };
    const [folder] = (await tree.getChildren()) ?? [];
    assert.equal(await label(folder), "shop");
    const children = await Promise.all(((await tree.getChildren(folder)) ?? []).map(label));
    assert.deepEqual(children.slice(0, 3), ["State", "Files", "Chunks"]);
  });
});

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { at, extension, measured, ready, seen, setting, shown, tooltip, until, uri } from "./support";

interface Contributions {
  contributes: { commands: { command: string }[] };
}

function words(hovers: vscode.Hover[]): string {
  return hovers
    .flatMap((hover) => hover.contents as vscode.MarkdownString[])
    .map((content) => content.value)
    .join("\n");
}

async function hoverAt(path: string, text: string): Promise<string> {
  const document = await shown(path);
  return words(await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", document.uri, at(document, text, 2)));
}

async function actions(document: vscode.TextDocument, range: vscode.Range, kind?: string): Promise<vscode.CodeAction[]> {
  return vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", document.uri, range, kind, 20);
}

describe("the extension in an editor", () => {
  it("is activated, and nothing of the editor waits for its server", async () => {
    await extension?.activate();
    assert.equal(seen.context.get("fieldguide.running"), false);
    assert.match(seen.status?.text ?? "", /circle-slash/);
  });

  it("says in the status bar what the index can do, until it is ready", async () => {
    const texts = new Set<string>();
    await until(() => {
      texts.add(seen.status?.text ?? "");
      return seen.status?.text.startsWith("$(check-all)");
    }, "a ready index");
    assert.ok(texts.size > 1, [...texts].join());
    assert.equal(seen.context.get("fieldguide.running"), true);
    assert.match(tooltip(), /^shop · ready · \d+ files, \d+ chunks/);
    assert.equal(seen.status?.command, "fieldguide.menu");
  });

  it("has registered every command that it contributes", async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    const { contributes } = extension?.packageJSON as Contributions;
    assert.deepEqual(
      contributes.commands.map((each) => each.command).filter((command) => !known.has(command)),
      [],
    );
  });

  it("hovers with a card from the index, of twelve lines at most", async () => {
    await ready();
    const card = await until(() => hoverAt("shop/checkout.py", "gross_price(net)"), "a card");
    assert.match(card, /prices\.py/);
    const lines = card.trim().split("\n").length;
    measured["hover, lines"] = lines;
    assert.ok(lines <= 12, card);
  });

  it("lets a setting reach the server, and back", async () => {
    await setting("hover.enabled", false);
    await until(async () => (await hoverAt("shop/checkout.py", "gross_price(net)")) === "", "silence");
    await setting("hover.enabled", undefined);
    await until(() => hoverAt("shop/checkout.py", "gross_price(net)"), "the card again");
  });

  it("offers config generation as a source action at the root, and no fix where nothing is wrong", async () => {
    const root = await shown("pyproject.toml");
    const offered = await until(() => actions(root, new vscode.Range(0, 0, 0, 0), "source.fieldguide"), "actions");
    assert.deepEqual([...new Set(offered.map((each) => each.kind?.value))], ["source.fieldguide.generateConfig"]);
    const code = await shown("shop/prices.py");
    const fixes = await actions(code, new vscode.Range(0, 0, code.lineCount, 0), vscode.CodeActionKind.QuickFix.value);
    assert.deepEqual(fixes, []);
  });

  it("offers to explain a problem below what would put it right", async () => {
    const document = await shown("shop/prices.py");
    const range = new vscode.Range(at(document, "VAT"), at(document, "VAT", 3));
    const told = vscode.languages.createDiagnosticCollection("linter");
    const theirs = vscode.languages.registerCodeActionsProvider(document.uri, {
      provideCodeActions: (_document, _range, { diagnostics }) => {
        const fix = new vscode.CodeAction("Rename VAT", vscode.CodeActionKind.QuickFix);
        return diagnostics.length ? [Object.assign(fix, { diagnostics: [...diagnostics] })] : [];
      },
    });
    told.set(document.uri, [new vscode.Diagnostic(range, "VAT is a bad name")]);
    try {
      const titles = await until(async () => {
        const found = (await actions(document, range, vscode.CodeActionKind.QuickFix.value)).map((each) => each.title);
        return found.length > 1 ? found : undefined;
      }, "both actions");
      // VS Code's own offers stand below.
      assert.deepEqual(titles.slice(0, 2), ["Rename VAT", "Explain this problem"]);
    } finally {
      vscode.Disposable.from(told, theirs).dispose();
    }
  });

  it("enables what can work now: pausing where nothing is paused, resuming where it is", async () => {
    await vscode.commands.executeCommand("fieldguide.pause");
    await until(() => seen.context.get("fieldguide.paused"), "the pause");
    assert.match(seen.status?.text ?? "", /debug-pause/);
    await vscode.commands.executeCommand("fieldguide.resume");
    await until(() => seen.context.get("fieldguide.paused") === false, "its end");
  });

  it("finds what is wrong in a config file, and a fix puts it right", async () => {
    const document = await shown(".gitpod.yml", "tasks:\n  - init: ./setup.sh\nprots:\n  - port: 8080\n");
    const problem = await until(
      () => vscode.languages.getDiagnostics(document.uri).find((each) => each.source === "fieldguide" && each.message.includes("prots")),
      "a diagnostic",
    );
    assert.equal(document.getText(problem.range).slice(0, 5), "prots");
    const fix = await until(async () => (await actions(document, problem.range, vscode.CodeActionKind.QuickFix.value)).find((each) => each.edit), "a fix");
    assert.ok(fix.edit);
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.match(document.getText(), /^ports:$/m);
    await until(() => vscode.languages.getDiagnostics(document.uri).every((each) => !each.message.includes("prots")), "its end");
  });

  it("completes the keys of a config file", async () => {
    const document = await shown(".gitpod.yml");
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(document.lineCount - 1, 0), "v");
    await vscode.workspace.applyEdit(edit);
    const end = document.lineAt(document.lineCount - 1).range.end;
    const found = await until(async () => {
      const { items } = await vscode.commands.executeCommand<vscode.CompletionList>("vscode.executeCompletionItemProvider", document.uri, end);
      return items.find((each) => (typeof each.label === "string" ? each.label : each.label.label).startsWith("vscode"));
    }, "the key");
    assert.ok(found);
    await vscode.commands.executeCommand("workbench.action.files.revert");
    await vscode.workspace.fs.delete(uri(".gitpod.yml"));
  });

  it("lists the folder with its state in the index view", async () => {
    const tree = seen.tree;
    assert.ok(tree);
    const label = async (node: unknown): Promise<string> => {
      const { label: text } = await tree.getTreeItem(node);
      return typeof text === "string" ? text : (text?.label ?? "");
    };
    const [folder] = (await tree.getChildren()) ?? [];
    assert.equal(await label(folder), "shop");
    const below = await Promise.all(((await tree.getChildren(folder)) ?? []).map(label));
    assert.deepEqual(below.slice(0, 3), ["State", "Files", "Chunks"]);
  });
});

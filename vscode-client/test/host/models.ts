import assert from "node:assert/strict";
import * as vscode from "vscode";
import { ask } from "./participant";
import { ready, observed, waitFor } from "./support";

/** The state of the scripted provider: extensions share the globals of their host. */
const parrot = (): { stopped: number } => (globalThis as unknown as { parrot: { stopped: number } }).parrot;

async function select(label: RegExp): Promise<void> {
  observed.pick = (items) => items.find((each) => label.test(each.label));
  await vscode.commands.executeCommand("fieldguide.switchModel");
}

describe("VS Code's own language models", () => {
  before(ready);

  after(() => select(/offline/));

  it("are offered by name, and used only after the user has selected one", async () => {
    const before = await ask("Who signs a cookie?");
    assert.match(before.text, /Offline answer/);
    let labels: string[] = [];
    observed.pick = (items) => {
      labels = items.map((each) => each.label);
      return undefined;
    };
    await vscode.commands.executeCommand("fieldguide.switchModel");
    assert.ok(labels.includes("VS Code: Parrot"), labels.join() + JSON.stringify(observed.errors));
    assert.ok(!labels.includes("editor"), labels.join());
    assert.match((await ask("Who signs a cookie?")).text, /Offline answer/);
  });

  it("write answers whose citations are checked", async () => {
    await select(/VS Code: Parrot/);
    const { text, anchors } = await ask("Who signs a cookie?");
    assert.match(text, /^`sign_cookie` does \\\[1\\\], not \\\[2\\\]\./);
    assert.deepEqual(anchors, ["shop/sessions.py:14-17"]);
    assert.match(text, /\\\[2\\\] \*not verified/);
  });

  it("report an error in one sentence, and the answer is made offline", async () => {
    const { text } = await ask("Say QUOTA?");
    assert.match(text, /accepts no more requests for now, or its quota is used up/);
    assert.match(text, /Offline answer/);
  });

  it("are stopped when the question is cancelled", async () => {
    const stop = new vscode.CancellationTokenSource();
    const result = ask("Say ENDLESS?", { token: stop.token, onText: () => { stop.cancel(); } });
    await assert.rejects(result);
    await waitFor(() => parrot().stopped === 1, "the cancellation of the model");
  });

  it("get a prompt that fits into their context window", async () => {
    const { text } = await ask(`Say LENGTH? ${"Where is the price of a thing formatted, and who asks for it? ".repeat(20)}`);
    const tokens = Number(/of (\d+) tokens/.exec(text)?.[1]);
    assert.ok(tokens > 0 && tokens <= 4000, text);
  });
});

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { asked } from "./asking";
import { ready, seen, until } from "./support";

/** What the scripted provider lets us see: extensions share the globals of their host. */
const parrot = (): { stopped: number } => (globalThis as unknown as { parrot: { stopped: number } }).parrot;

async function choose(label: RegExp): Promise<void> {
  seen.pick = (items) => items.find((each) => label.test(each.label));
  await vscode.commands.executeCommand("fieldguide.switchModel");
}

describe("VS Code's own language models", () => {
  before(ready);

  after(() => choose(/offline/));

  it("are offered by name, and chosen by nobody but the user", async () => {
    const before = await asked("Who signs a cookie?");
    assert.match(before.text, /Offline answer/);
    let labels: string[] = [];
    seen.pick = (items) => {
      labels = items.map((each) => each.label);
      return undefined;
    };
    await vscode.commands.executeCommand("fieldguide.switchModel");
    assert.ok(labels.includes("VS Code: Parrot"), labels.join() + JSON.stringify(seen.errors));
    assert.ok(!labels.includes("editor"), labels.join());
    assert.match((await asked("Who signs a cookie?")).text, /Offline answer/);
  });

  it("write answers whose citations are checked like any other's", async () => {
    await choose(/VS Code: Parrot/);
    const { text, anchors } = await asked("Who signs a cookie?");
    assert.match(text, /^`sign_cookie` does \\\[1\\\], not \\\[2\\\]\./);
    assert.deepEqual(anchors, ["shop/sessions.py:14-17"]);
    assert.match(text, /\\\[2\\\] \*did not check/);
  });

  it("refuse in a sentence, and the answer is made offline", async () => {
    const { text } = await asked("Say QUOTA?");
    assert.match(text, /accepts no more requests for now, or its quota is used up/);
    assert.match(text, /Offline answer/);
  });

  it("are stopped by who stops the question", async () => {
    const stop = new vscode.CancellationTokenSource();
    const running = asked("Say ENDLESS?", { token: stop.token, heard: () => { stop.cancel(); } });
    await assert.rejects(running);
    await until(() => parrot().stopped === 1, "the end of the model");
  });

  it("are not sent a prompt that they cannot read: it is packed for their window", async () => {
    const { text } = await asked(`Say LENGTH? ${"Where is the price of a thing formatted, and who asks for it? ".repeat(20)}`);
    const tokens = Number(/of (\d+) tokens/.exec(text)?.[1]);
    assert.ok(tokens > 0 && tokens <= 4000, text);
  });
});

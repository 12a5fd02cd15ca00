import assert from "node:assert/strict";
import * as vscode from "vscode";
import { asked } from "./asking";
import { ready, seen, setting, starts, told, until } from "./support";

describe("the server's life", () => {
  before(ready);

  it("is begun again when it ends unasked, after a pause", async () => {
    const before = starts();
    process.kill(before.at(-1) ?? 0, "SIGKILL");
    await until(() => seen.context.get("fieldguide.running") === false, "its end");
    assert.match(seen.status?.text ?? "", /circle-slash/);
    assert.equal(seen.status?.tooltip, "Fieldguide's server is not running.");
    await ready();
    assert.equal(starts().length, before.length + 1);
  });

  it("is begun anew once or twice, however often that is asked for at once, and questions wait for it", async () => {
    const before = starts().length;
    const restarts = [1, 2, 3, 4, 5].map(() => vscode.commands.executeCommand("fieldguide.restart"));
    await until(() => seen.context.get("fieldguide.running") === false, "the end of the old one");
    const answer = asked("Who signs a cookie?");
    await Promise.all(restarts);
    assert.match((await answer).text, /sign_cookie/);
    assert.ok(starts().length - before <= 2, `${starts().length - before} starts`);
  });

  it("is not started from a program that is not Fieldguide: one message says so and offers the logs", async () => {
    seen.errors.length = 0;
    await setting("server.path", "/nowhere/fieldguide");
    const said = await until(() => seen.errors[0], "the sentence");
    assert.match(said.text, /^The program in fieldguide\.server\.path is not Fieldguide: .*ENOENT.*\.$/);
    assert.deepEqual(said.buttons, ["Show logs"]);
    assert.equal(seen.context.get("fieldguide.running"), false);
  });

  it("is not started in an incompatible version", async () => {
    seen.errors.length = 0;
    await setting("server.path", told.newer);
    const said = await until(() => seen.errors[0], "the sentence");
    assert.match(said.text, /is Fieldguide 9\.0\.0, but this extension needs Fieldguide [\d.]+\.x\.$/);
  });

  it("is begun again with growing pauses when it ends at once, and then by the user's word alone", async () => {
    seen.errors.length = 0;
    const before = starts().length;
    await setting("server.path", told.failing);
    const said = await until(() => seen.errors[0], "the end of the attempts", 90_000);
    assert.equal(said.text, "Fieldguide's server keeps ending.");
    assert.deepEqual(said.buttons, ["Start again", "Show logs"]);
    assert.equal(starts().length - before, 6);
    assert.equal(seen.context.get("fieldguide.running"), false);
  });

  it("goes on as soon as the setting is right", async () => {
    await setting("server.path", told.server);
    await ready();
    assert.match((await asked("Who signs a cookie?")).text, /sign_cookie/);
  });
});

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { ask } from "./participant";
import { config, observed, ready, starts, updateSetting, waitFor } from "./support";

async function select(command: string, label: RegExp): Promise<void> {
  observed.pick = (items) => items.find((each) => label.test(each.label));
  await vscode.commands.executeCommand(command);
}

/** The current item of a quick pick, which is cancelled. */
async function current(command: string): Promise<vscode.QuickPickItem | undefined> {
  let found: vscode.QuickPickItem | undefined;
  observed.pick = (items) => {
    found = items.find((each) => each.picked ?? each.label.startsWith("$(check)"));
    return undefined;
  };
  await vscode.commands.executeCommand(command);
  return found;
}

describe("the server", () => {
  before(ready);

  it("is restarted after a delay when it exits unexpectedly", async () => {
    const before = starts();
    process.kill(before.at(-1) ?? 0, "SIGKILL");
    await waitFor(() => observed.context.get("fieldguide.running") === false, "the exit");
    assert.match(observed.status?.text ?? "", /circle-slash/);
    assert.equal(observed.status?.tooltip, "The Fieldguide server is not running.");
    await ready();
    assert.equal(starts().length, before.length + 1);
  });

  it("keeps the selected model and persona when it was killed", async () => {
    await select("fieldguide.switchModel", /^ollama$/);
    await select("fieldguide.setPersona", /^teacher$/);
    process.kill(starts().at(-1) ?? 0, "SIGKILL");
    await waitFor(() => observed.context.get("fieldguide.running") === false, "the exit");
    await ready();
    await waitFor(async () => (await current("fieldguide.switchModel"))?.label === "$(check) ollama", "the model");
    assert.equal((await current("fieldguide.setPersona"))?.label, "teacher");
    await select("fieldguide.setPersona", /^engineer$/);
    await select("fieldguide.switchModel", /Use the model of the settings/);
    assert.equal(await current("fieldguide.switchModel"), undefined);
  });

  it("gets the settings that the user has set, and no defaults that would hide a profile", async () => {
    await updateSetting("model.name", "qwen3:8b");
    await updateSetting("model.profile", "ollama");
    const model = await waitFor(() => current("fieldguide.switchModel"), "the model of the settings");
    assert.deepEqual([model.label, model.description, model.detail], ["$(check) ollama", "qwen3:8b", "http://127.0.0.1:11434/v1"]);
    await updateSetting("model.profile", undefined);
    await updateSetting("model.name", undefined);
    await waitFor(async () => !(await current("fieldguide.switchModel")), "no model");
  });

  // The test in Python checks, behind a proxy, what is contacted.
  it("sends a question to the address of a profile that the user has chosen", async () => {
    await updateSetting("profiles", { corp: { baseUrl: "http://llm.corp.example/v1", name: "n" } });
    await updateSetting("model.profile", "corp");
    const model = await waitFor(() => current("fieldguide.switchModel"), "the model of the settings");
    assert.equal(model.detail, "http://llm.corp.example/v1");
    assert.match((await ask("Who signs a cookie?")).text, /The language model's server/);
    await updateSetting("model.profile", undefined);
    await updateSetting("profiles", undefined);
  });

  it("sends no question anywhere if the address cannot be used, and says so", async () => {
    await updateSetting("model.baseUrl", "llm.corp.example/v1");
    await updateSetting("model.name", "n");
    const off = "The language model is off: model.base_url must be an http or https URL";
    await waitFor(async () => (await ask("Who signs a cookie?")).text.includes(off), "the reason");
    await updateSetting("model.baseUrl", undefined);
    await updateSetting("model.name", undefined);
    await waitFor(async () => !(await ask("Who signs a cookie?")).text.includes(off), "an answer without the reason");
  });

  it("is restarted at most twice by many requests at once, and questions wait for it", async () => {
    const before = starts().length;
    const restarts = [1, 2, 3, 4, 5].map(() => vscode.commands.executeCommand("fieldguide.restart"));
    await waitFor(() => observed.context.get("fieldguide.running") === false, "the end of the old server");
    const answer = ask("Who signs a cookie?");
    await Promise.all(restarts);
    assert.match((await answer).text, /sign_cookie/);
    assert.ok(starts().length - before <= 2, `${starts().length - before} starts`);
  });

  it("is not started from a program that is not Fieldguide: one message says so and offers the logs", async () => {
    observed.errors.length = 0;
    await updateSetting("server.path", "/nowhere/fieldguide");
    const message = await waitFor(() => observed.errors[0], "the error message");
    assert.match(message.text, /^The program in fieldguide\.server\.path is not Fieldguide: .*ENOENT.*\.$/);
    assert.deepEqual(message.buttons, ["Show logs"]);
    assert.equal(observed.context.get("fieldguide.running"), false);
  });

  it("is not started in an incompatible version", async () => {
    observed.errors.length = 0;
    await updateSetting("server.path", config.newer);
    const message = await waitFor(() => observed.errors[0], "the error message");
    assert.match(message.text, /is Fieldguide 9\.0\.0, but this extension needs Fieldguide [\d.]+\.x\.$/);
  });

  it("is restarted with growing delays when it exits at once, and then only by the user", async () => {
    observed.errors.length = 0;
    const before = starts().length;
    await updateSetting("server.path", config.failing);
    const message = await waitFor(() => observed.errors[0], "the end of the restarts", 90_000);
    assert.equal(message.text, "The Fieldguide server exited unexpectedly several times.");
    assert.deepEqual(message.buttons, ["Restart", "Show logs"]);
    assert.equal(starts().length - before, 6);
    assert.equal(observed.context.get("fieldguide.running"), false);
  });

  it("is started again as soon as the setting is corrected", async () => {
    await updateSetting("server.path", config.server);
    await ready();
    assert.match((await ask("Who signs a cookie?")).text, /sign_cookie/);
  });
});

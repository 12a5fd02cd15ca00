import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import type { CancellationToken, ConfigurationParams } from "vscode-languageclient/node";
import { answerConfiguration, userSettings } from "../../src/server/userSettings";
import { configured, type Inspected } from "./vscode";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  contributes: { configuration: { properties: Record<string, { default: unknown; scope: string }> } };
};
const properties = manifest.contributes.configuration.properties;

/** Sets a setting in some scopes; VS Code always reports the default as well. */
function set(name: string, values: Inspected): void {
  configured.values.set(name, { ...configured.values.get(name), ...values });
}

beforeEach(() => {
  configured.values.clear();
  for (const [key, { default: defaultValue }] of Object.entries(properties)) {
    configured.values.set(key.slice("fieldguide.".length), { defaultValue });
  }
});

describe("the settings sent to the server", () => {
  it("hold no default, as it would hide a profile and the settings files", () => {
    expect(userSettings(manifest)).toEqual({});
  });

  it("hold a profile alone where the user has set a profile", () => {
    set("model.profile", { globalValue: "ollama" });
    set("model.name", { globalValue: "qwen3:8b" });
    set("profiles", { globalValue: { mine: { baseUrl: "http://127.0.0.1:7899/v1" } } });
    expect(userSettings(manifest)).toEqual({
      "model.profile": "ollama",
      "model.name": "qwen3:8b",
      profiles: { mine: { baseUrl: "http://127.0.0.1:7899/v1" } },
    });
  });

  it("hold a value that equals the default where the user has set it", () => {
    set("records.enabled", { globalValue: true });
    set("hover.enabled", { workspaceValue: true });
    expect(userSettings(manifest)).toEqual({ "records.enabled": true, "hover.enabled": true });
  });

  it.each<[Inspected, unknown]>([
    [{ globalValue: 1 }, 1],
    [{ globalValue: 1, workspaceValue: 2 }, 2],
    [{ globalValue: 1, workspaceValue: 2, workspaceFolderValue: 3 }, 3],
    [{ globalValue: 1, workspaceFolderValue: 3 }, 3],
    [{ globalValue: 1, globalLanguageValue: 4 }, 4],
    [{ workspaceFolderValue: 3, workspaceFolderLanguageValue: 5 }, 5],
    [{ globalValue: 0 }, 0],
  ])("come from the innermost scope: %j", (values, expected) => {
    set("answer.maxPassages", values);
    expect(userSettings(manifest)).toEqual({ "answer.maxPassages": expected });
  });

  it.each(Object.keys(properties).filter((key) => properties[key]?.scope === "machine"))("take %s from the user, never from a workspace", (key) => {
    const name = key.slice("fieldguide.".length);
    set(name, { workspaceValue: "theirs", workspaceFolderValue: "theirs", workspaceLanguageValue: "theirs", workspaceFolderLanguageValue: "theirs" });
    expect(userSettings(manifest)).toEqual({});
    set(name, { globalValue: "mine" });
    expect(userSettings(manifest)).toEqual({ [name]: "mine" });
  });

  it("are read for the folder that the server asks about, and other sections are left as they are", async () => {
    set("answer.persona", { workspaceFolderValue: "teacher" });
    const params: ConfigurationParams = {
      items: [
        { section: "fieldguide", scopeUri: "file:///a" },
        { section: "files.exclude", scopeUri: "file:///a" },
        { section: "fieldguide", scopeUri: "file:///b" },
      ],
    };
    const all = Promise.resolve([{ model: { name: "" } }, { "**/out": true }, { model: { name: "" } }]);
    const answer = await answerConfiguration(manifest)(params, {} as CancellationToken, () => all);
    expect(answer).toEqual([{ "answer.persona": "teacher" }, { "**/out": true }, { "answer.persona": "teacher" }]);
    expect(configured.scopes).toEqual(["file:///a", "file:///b"]);
  });
});

import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { candidates, incompatibility, isCompatible, versionIn, type Command, type Exists, type SearchLocations } from "../../src/server/candidates";

const locations: SearchLocations = { setting: "", path: ["/usr/bin", "/opt/bin"].join(delimiter), python: () => Promise.resolve("/env/bin/python"), installed: "/own/server", windows: false };
const only =
  (...files: string[]) =>
  (file: string) =>
    Promise.resolve(files.includes(file));

async function all(where: SearchLocations, exists: Exists): Promise<Command[]> {
  const found: Command[] = [];
  for await (const each of candidates(where, exists)) {
    found.push(each);
  }
  return found;
}

describe("the candidates for the server", () => {
  it("are only the setting's program where the setting is set", async () => {
    const found = await all({ ...locations, setting: "/my/fieldguide" }, only("/opt/bin/fieldguide"));
    expect(found.map((each) => each.program)).toEqual(["/my/fieldguide"]);
  });

  it("are on PATH, in the selected Python environment and in the extension's storage, in this order", async () => {
    const installed = join("/own", "server", "bin", "fieldguide");
    const found = await all(locations, only("/opt/bin/fieldguide", "/env/bin/python", installed));
    expect(found.map((each) => each.origin)).toEqual(["PATH", "Python environment", "extension storage"]);
  });

  it("do not activate the Python extension where PATH has one", async () => {
    const inactive = { ...locations, python: () => Promise.reject(new Error("called")) };
    const first = await candidates(inactive, only("/opt/bin/fieldguide")).next();
    expect(first.value).toMatchObject({ origin: "PATH" });
  });

  it("never let Python import modules from the workspace", async () => {
    const [found] = await all(locations, only("/env/bin/python"));
    expect(found?.args).toContain("-P");
  });

  it("leave out relative folders of PATH, which depend on where the editor was started", async () => {
    const path = [".", "node_modules/.bin", ""].join(delimiter);
    const anything = () => Promise.resolve(true);
    expect(await all({ ...locations, path, python: () => Promise.resolve(undefined), installed: undefined }, anything)).toEqual([]);
  });

  it("are none where no program exists", async () => {
    expect(await all(locations, only())).toEqual([]);
  });

  it("have the names that Windows uses", async () => {
    const installed = join("/own", "server", "Scripts", "fieldguide.exe");
    expect(await all({ ...locations, windows: true, path: "" }, only(installed))).toHaveLength(1);
  });
});

describe("a server's version", () => {
  it("is parsed from the output of --version", () => {
    expect(versionIn("fieldguide 0.1.0\n")).toBe("0.1.0");
    expect(versionIn("zsh: command not found")).toBeUndefined();
  });

  it.each([
    ["0.1.3", "0.1.0", true],
    ["0.2.0", "0.1.0", false],
    ["1.4.0", "1.2.0", true],
    ["2.0.0", "1.9.0", false],
  ])("%s is compatible with an extension of version %s: %s", (server, extension, expected) => {
    expect(isCompatible(server, extension)).toBe(expected);
  });
});

describe("an incompatible program", () => {
  it.each([
    ["0.0.9", "0.1.0", "is Fieldguide 0.0.9, but this extension needs Fieldguide 0.1.x"],
    ["0.2.0", "0.1.0", "is Fieldguide 0.2.0, but this extension needs Fieldguide 0.1.x"],
    ["1.0.0", "2.3.0", "is Fieldguide 1.0.0, but this extension needs Fieldguide 2.x"],
    [undefined, "0.1.0", "is not Fieldguide: not found"],
  ])("is rejected with the reason: %s, extension %s", (version, extension, reason) => {
    expect(incompatibility(version, "not found", extension)).toBe(reason);
  });
});

import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { candidates, fits, misfit, versionIn, type Command, type Exists, type Places } from "../../src/server/candidates";

const places: Places = { setting: "", path: ["/usr/bin", "/opt/bin"].join(delimiter), python: () => Promise.resolve("/env/bin/python"), installed: "/own/server", windows: false };
const only =
  (...files: string[]) =>
  (file: string) =>
    Promise.resolve(files.includes(file));

async function all(where: Places, exists: Exists): Promise<Command[]> {
  const found: Command[] = [];
  for await (const each of candidates(where, exists)) {
    found.push(each);
  }
  return found;
}

describe("finding the server", () => {
  it("takes the user's setting at its word, whatever else there is", async () => {
    const found = await all({ ...places, setting: "/my/fieldguide" }, only("/opt/bin/fieldguide"));
    expect(found.map((each) => each.program)).toEqual(["/my/fieldguide"]);
  });

  it("prefers PATH, then the selected Python, then what the extension has installed", async () => {
    const installed = join("/own", "server", "bin", "fieldguide");
    const found = await all(places, only("/opt/bin/fieldguide", "/env/bin/python", installed));
    expect(found.map((each) => each.origin)).toEqual(["PATH", "Python environment", "extension storage"]);
  });

  it("does not wake the Python extension where PATH has one", async () => {
    const asleep = { ...places, python: () => Promise.reject(new Error("asked")) };
    const first = await candidates(asleep, only("/opt/bin/fieldguide")).next();
    expect(first.value).toMatchObject({ origin: "PATH" });
  });

  it("never lets Python look for modules in the workspace", async () => {
    const [found] = await all(places, only("/env/bin/python"));
    expect(found?.args).toContain("-P");
  });

  it("takes no program from a folder of PATH that depends on where the editor was started", async () => {
    const path = [".", "node_modules/.bin", ""].join(delimiter);
    const anything = () => Promise.resolve(true);
    expect(await all({ ...places, path, python: () => Promise.resolve(undefined), installed: undefined }, anything)).toEqual([]);
  });

  it("finds nothing where nothing is", async () => {
    expect(await all(places, only())).toEqual([]);
  });

  it("looks for the names that Windows uses", async () => {
    const installed = join("/own", "server", "Scripts", "fieldguide.exe");
    expect(await all({ ...places, windows: true, path: "" }, only(installed))).toHaveLength(1);
  });
});

describe("a server's version", () => {
  it("is read from what the server prints", () => {
    expect(versionIn("fieldguide 0.1.0\n")).toBe("0.1.0");
    expect(versionIn("zsh: command not found")).toBeUndefined();
  });

  it.each([
    ["0.1.3", "0.1.0", true],
    ["0.2.0", "0.1.0", false],
    ["1.4.0", "1.2.0", true],
    ["2.0.0", "1.9.0", false],
  ])("%s serves an extension %s: %s", (server, extension, expected) => {
    expect(fits(server, extension)).toBe(expected);
  });
});

describe("a server that is not used", () => {
  it.each([
    ["0.0.9", "is Fieldguide 0.0.9, too old for this extension (0.1.0)"],
    ["0.2.0", "is Fieldguide 0.2.0, too new for this extension (0.1.0)"],
    ["1.0.0", "is Fieldguide 1.0.0, too new for this extension (0.1.0)"],
    [undefined, "is no Fieldguide: not found"],
  ])("is told why: %s", (found, sentence) => {
    expect(misfit(found, "not found", "0.1.0")).toBe(sentence);
  });
});

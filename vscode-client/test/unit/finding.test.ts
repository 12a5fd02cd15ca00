import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { candidates, fits, versionIn, type Places } from "../../src/finding";

const places: Places = { setting: "", path: ["/usr/bin", "/opt/bin"].join(delimiter), python: "/env/bin/python", installed: "/own/server", windows: false };
const only =
  (...files: string[]) =>
  (file: string) =>
    Promise.resolve(files.includes(file));

describe("finding the server", () => {
  it("takes the user's setting at its word, whatever else there is", async () => {
    const found = await candidates({ ...places, setting: "/my/fieldguide" }, only("/opt/bin/fieldguide"));
    expect(found.map((each) => each.program)).toEqual(["/my/fieldguide"]);
  });

  it("prefers PATH, then the selected Python, then what the extension has installed", async () => {
    const installed = join("/own", "server", "bin", "fieldguide");
    const found = await candidates(places, only("/opt/bin/fieldguide", "/env/bin/python", installed));
    expect(found.map((each) => each.origin)).toEqual(["PATH", "Python environment", "extension storage"]);
  });

  it("never lets Python look for modules in the workspace", async () => {
    const [found] = await candidates(places, only("/env/bin/python"));
    expect(found?.args).toContain("-P");
  });

  it("takes no program from a folder of PATH that depends on where the editor was started", async () => {
    const path = [".", "node_modules/.bin", ""].join(delimiter);
    const anything = () => Promise.resolve(true);
    expect(await candidates({ ...places, path, python: undefined, installed: undefined }, anything)).toEqual([]);
  });

  it("finds nothing where nothing is", async () => {
    expect(await candidates(places, only())).toEqual([]);
  });

  it("looks for the names that Windows uses", async () => {
    const installed = join("/own", "server", "Scripts", "fieldguide.exe");
    expect(await candidates({ ...places, windows: true, path: "" }, only(installed))).toHaveLength(1);
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

// Runs real programs in real folders. PATH contains only what a test puts there.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { install, installedIn, type Installation } from "../../src/server/install";
import { run } from "../../src/server/process";

vi.setConfig({ testTimeout: 120_000 });

let root: string;
let reported: string[];
let logged: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fieldguide-install-"));
  reported = [];
  logged = "";
  mkdirSync(join(root, "programs"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const storage = () => join(root, "storage");
const left = () => readdirSync(storage()).filter((name) => name.startsWith("server-"));

function program(name: string, script: string): void {
  const file = join(root, "programs", name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

function realPython(): void {
  const real = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
  symlinkSync(real, join(root, "programs", "python3"));
}

/** A fake uv that creates a server of this version without a network. */
function quickUv(version: string): void {
  program("uv", `[ "$1" = venv ] || exit 0
for last; do :; done
mkdir -p "$last/bin" && printf '#!/bin/sh\necho fieldguide ${version}\n' > "$last/bin/fieldguide" && chmod +x "$last/bin/fieldguide"`);
}

/** A package that contains only a program that prints a version. */
function wheel(version: string): string {
  const file = join(root, `fieldguide-${version}-py3-none-any.whl`);
  const info = `fieldguide-${version}.dist-info`;
  const files = {
    "fieldguide_small.py": `def main():\n    print("fieldguide ${version}")\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: fieldguide\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${info}/entry_points.txt`]: "[console_scripts]\nfieldguide = fieldguide_small:main\n",
    [`${info}/RECORD`]: "",
  };
  const pack = "import json, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as out:\n    [out.writestr(*each) for each in json.loads(sys.argv[2]).items()]";
  execFileSync("python3", ["-c", pack, file, JSON.stringify(files)]);
  return file;
}

function installation(source: string, more: Partial<Installation> = {}): Installation {
  return {
    storage: storage(),
    version: "0.1.0",
    source,
    windows: false,
    env: { PATH: `${join(root, "programs")}:/usr/bin:/bin`, HOME: root, PIP_NO_INDEX: "1" },
    report: (message) => reported.push(message),
    log: (text) => (logged += text),
    signal: new AbortController().signal,
    ...more,
  };
}

describe("installing the server", () => {
  it("creates an environment, installs the package and runs it once", async () => {
    realPython();
    const command = await install(installation(wheel("0.1.0")));
    expect((await run(command.program, ["--version"], { timeout: 30_000 })).output).toBe("fieldguide 0.1.0\n");
    expect(command.program.startsWith((await installedIn(storage())) ?? "nowhere")).toBe(true);
    expect(reported[0]).toBe("Creating an environment");
    expect(reported).toContain("Installing collected packages: fieldguide");
  });

  it("keeps the working server when a newer one cannot be installed, and gives the reason", async () => {
    quickUv("0.1.0");
    await install(installation("fieldguide"));
    const [working] = left();
    rmSync(join(root, "programs", "uv"));
    realPython();
    const failing = install(installation("fieldguide==0.1.9", { version: "0.1.9" }));
    await expect(failing).rejects.toThrow("The server was not installed: the package index has no compatible version.");
    expect(logged).toContain("No matching distribution found for fieldguide==0.1.9");
    expect(left()).toEqual([working]);
    expect(await installedIn(storage())).toBe(join(storage(), working ?? ""));
  });

  it("rejects a server of an incompatible version", async () => {
    quickUv("0.2.0");
    await expect(install(installation("fieldguide"))).rejects.toThrow("The server was not installed: the package is Fieldguide 0.2.0, but this extension needs Fieldguide 0.1.x.");
    expect(left()).toEqual([]);
    expect(await installedIn(storage())).toBeUndefined();
  });

  it("rejects a Python that is too old", async () => {
    for (const name of ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python", "py"]) {
      program(name, "echo 3 10");
    }
    await expect(install(installation("fieldguide"))).rejects.toThrow("The server was not installed: it needs Python 3.11 or newer, and none was found.");
  });

  it("kills the running program when it is cancelled, and removes its files", async () => {
    program("uv", `[ "$1" = --version ] || { for last; do :; done; mkdir -p "$last/bin"; echo $$ > "${root}/pid"; exec sleep 600; }`);
    const stop = new AbortController();
    const ended = expect(install(installation("fieldguide", { signal: stop.signal }))).rejects.toThrow("The installation was cancelled, and its files were removed.");
    await vi.waitUntil(() => existsSync(join(root, "pid")), { timeout: 30_000 });
    expect(left()).toHaveLength(1);
    stop.abort();
    await ended;
    expect(left()).toEqual([]);
    expect(() => process.kill(Number(readFileSync(join(root, "pid"), "utf8")), 0)).toThrow("ESRCH");
  });

  it.each([
    ["error: failed to write: No space left on device (os error 28)", "the disk is full"],
    ["error: Failed to fetch: `https://example.org/simple/fieldguide/`\n  cause: dns error", "the package index cannot be reached"],
    ["  × No solution found when resolving dependencies:\n  ╰─▶ Because", "the package index has no compatible version"],
    ["The virtual environment was not created successfully because ensurepip is not available.", "Python's venv module is missing (on Debian and Ubuntu: apt install python3-venv)"],
    ["something\nan unknown error", "an unknown error"],
  ])("translates %j into: %s", async (output, reason) => {
    program("uv", `[ "$1" = --version ] || { cat >&2 <<'END'\n${output}\nEND\nexit 1; }`);
    await expect(install(installation("fieldguide"))).rejects.toThrow(`The server was not installed: ${reason}.`);
    expect(logged).toContain(output);
  });

  it("reports a folder that is not writable", async () => {
    writeFileSync(join(root, "file"), "not a folder");
    const storage = join(root, "file", "storage");
    await expect(install(installation("fieldguide", { storage }))).rejects.toThrow("The server was not installed: the extension's folder is not writable.");
  });

  it("runs its programs in its own folder, never where the editor was started", async () => {
    program("uv", `pwd >> "${root}/where"; exit 1`);
    program("python3", `pwd >> "${root}/where"; [ "$1" = -I ] || exit 9; echo 3 12; [ "$2" = -c ]`);
    await expect(install(installation("fieldguide"))).rejects.toThrow();
    expect(new Set(readFileSync(join(root, "where"), "utf8").trim().split("\n"))).toEqual(new Set([storage()]));
  });

  it("removes the remains of a killed installation once they are old", async () => {
    for (const name of ["server-killed", "server-recent"]) {
      mkdirSync(join(storage(), name, "bin"), { recursive: true });
      writeFileSync(join(storage(), name, "bin", "fieldguide"), "incomplete", { mode: 0o755 });
    }
    const yesterday = Date.now() / 1000 - 86_400;
    utimesSync(join(storage(), "server-killed"), yesterday, yesterday);
    expect(await installedIn(storage())).toBeUndefined();
    program("uv", "[ $1 = --version ]");
    await expect(install(installation("fieldguide"))).rejects.toThrow();
    expect(left()).toEqual(["server-recent"]);
  });
});

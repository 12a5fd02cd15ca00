// Real programs in real folders: what the user's machine may have or lack stands in a PATH of the test's own.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { install, installedIn, type Installation } from "../../src/server/install";
import { run } from "../../src/server/process";

vi.setConfig({ testTimeout: 120_000 });

let root: string;
let told: string[];
let logged: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fieldguide-install-"));
  told = [];
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

/** A uv that makes a server of this version, without asking anybody. */
function quickUv(version: string): void {
  program("uv", `[ "$1" = venv ] || exit 0
for last; do :; done
mkdir -p "$last/bin" && printf '#!/bin/sh\necho fieldguide ${version}\n' > "$last/bin/fieldguide" && chmod +x "$last/bin/fieldguide"`);
}

/** A package with nothing in it but a program that prints a version. */
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

function wanted(source: string, more: Partial<Installation> = {}): Installation {
  return {
    storage: storage(),
    version: "0.1.0",
    source,
    windows: false,
    env: { PATH: `${join(root, "programs")}:/usr/bin:/bin`, HOME: root, PIP_NO_INDEX: "1" },
    report: (message) => told.push(message),
    log: (text) => (logged += text),
    signal: new AbortController().signal,
    ...more,
  };
}

describe("installing the server", () => {
  it("makes an environment, installs the package and asks it for its version", async () => {
    realPython();
    const command = await install(wanted(wheel("0.1.0")));
    expect((await run(command.program, ["--version"], { timeout: 30_000 })).output).toBe("fieldguide 0.1.0\n");
    expect(command.program.startsWith((await installedIn(storage())) ?? "nowhere")).toBe(true);
    expect(told[0]).toBe("Making an environment");
    expect(told).toContain("Installing collected packages: fieldguide");
  });

  it("leaves what works as it is when a newer one cannot be installed, and says why in a sentence", async () => {
    quickUv("0.1.0");
    await install(wanted("fieldguide"));
    const [working] = left();
    rmSync(join(root, "programs", "uv"));
    realPython();
    const failing = install(wanted("fieldguide==0.1.9", { version: "0.1.9" }));
    await expect(failing).rejects.toThrow("The server was not installed: the package index offers none that fits.");
    expect(logged).toContain("No matching distribution found for fieldguide==0.1.9");
    expect(left()).toEqual([working]);
    expect(await installedIn(storage())).toBe(join(storage(), working ?? ""));
  });

  it("uses no server of another version", async () => {
    quickUv("0.2.0");
    await expect(install(wanted("fieldguide"))).rejects.toThrow("The server was not installed: the package is Fieldguide 0.2.0, which does not fit this extension, 0.1.0.");
    expect(left()).toEqual([]);
    expect(await installedIn(storage())).toBeUndefined();
  });

  it("does not take a Python that is too old", async () => {
    for (const name of ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python", "py"]) {
      program(name, "echo 3 10");
    }
    await expect(install(wanted("fieldguide"))).rejects.toThrow("The server was not installed: it needs Python 3.11 or newer, and none was found.");
  });

  it("ends what it started when it is cancelled, and leaves nothing of it", async () => {
    program("uv", `[ "$1" = --version ] || { for last; do :; done; mkdir -p "$last/bin"; echo $$ > "${root}/pid"; exec sleep 600; }`);
    const stop = new AbortController();
    const ended = expect(install(wanted("fieldguide", { signal: stop.signal }))).rejects.toThrow("The installation was cancelled; nothing was left behind.");
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
    ["  × No solution found when resolving dependencies:\n  ╰─▶ Because", "the package index offers none that fits"],
    ["The virtual environment was not created successfully because ensurepip is not available.", "Python's venv module is missing (on Debian and Ubuntu: apt install python3-venv)"],
    ["something\nnobody has seen before", "nobody has seen before"],
  ])("says of %j: %s", async (words, reason) => {
    program("uv", `[ "$1" = --version ] || { cat >&2 <<'END'\n${words}\nEND\nexit 1; }`);
    await expect(install(wanted("fieldguide"))).rejects.toThrow(`The server was not installed: ${reason}.`);
    expect(logged).toContain(words);
  });

  it("says so where its folder cannot be written", async () => {
    writeFileSync(join(root, "file"), "no folder");
    const storage = join(root, "file", "storage");
    await expect(install(wanted("fieldguide", { storage }))).rejects.toThrow("The server was not installed: the extension's folder cannot be written.");
  });

  it("runs nothing in the folder that the editor was started from, where a workspace could have a word", async () => {
    program("uv", `pwd >> "${root}/where"; exit 1`);
    program("python3", `pwd >> "${root}/where"; [ "$1" = -I ] || exit 9; echo 3 12; [ "$2" = -c ]`);
    await expect(install(wanted("fieldguide"))).rejects.toThrow();
    expect(new Set(readFileSync(join(root, "where"), "utf8").trim().split("\n"))).toEqual(new Set([storage()]));
  });

  it("removes what an installation left that was killed, once it is old", async () => {
    for (const name of ["server-killed", "server-young"]) {
      mkdirSync(join(storage(), name, "bin"), { recursive: true });
      writeFileSync(join(storage(), name, "bin", "fieldguide"), "half of it", { mode: 0o755 });
    }
    const yesterday = Date.now() / 1000 - 86_400;
    utimesSync(join(storage(), "server-killed"), yesterday, yesterday);
    expect(await installedIn(storage())).toBeUndefined();
    program("uv", "[ $1 = --version ]");
    await expect(install(wanted("fieldguide"))).rejects.toThrow();
    expect(left()).toEqual(["server-young"]);
  });
});

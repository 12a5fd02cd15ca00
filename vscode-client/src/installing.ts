/** Installs the server into the extension's own storage, after the user said so: nothing else of the machine changes. */

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fits, scriptIn, versionIn, type Command } from "./finding";
import { run } from "./running";

const OLDEST_PYTHON = [3, 11] as const;
const PYTHONS = ["python3", "python3.13", "python3.12", "python3.11", "python", "py"];

export interface Installation {
  storage: string;
  version: string;
  /** What pip is told to install; a test or a developer names a wheel or a folder here. */
  source: string;
  windows: boolean;
  report(message: string): void;
  signal: AbortSignal;
}

/** Installs the server and gives the command that starts it. Throws an error with one sentence for the user. */
export async function install(wanted: Installation): Promise<Command> {
  const environment = join(wanted.storage, "server");
  await rm(environment, { recursive: true, force: true });
  await mkdir(wanted.storage, { recursive: true });
  try {
    await fill(environment, wanted);
    return await verified(environment, wanted);
  } catch (error) {
    await rm(environment, { recursive: true, force: true });
    throw error;
  }
}

async function fill(environment: string, wanted: Installation): Promise<void> {
  const uv = await run("uv", ["--version"], { timeout: 10_000, signal: wanted.signal });
  const python = wanted.windows ? join(environment, "Scripts", "python.exe") : join(environment, "bin", "python");
  if (!uv.failure) {
    wanted.report("Making an environment with uv");
    await must("uv", ["venv", "--python", ">=3.11", environment], wanted);
    wanted.report(`Installing ${wanted.source}`);
    await must("uv", ["pip", "install", "--python", python, wanted.source], wanted);
    return;
  }
  wanted.report("Making an environment");
  await must(await findPython(wanted), ["-m", "venv", environment], wanted);
  wanted.report(`Installing ${wanted.source}`);
  await must(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted.source], wanted);
}

async function must(program: string, args: readonly string[], wanted: Installation): Promise<void> {
  const ran = await run(program, args, { timeout: 15 * 60_000, signal: wanted.signal });
  if (wanted.signal.aborted) {
    throw new Error("The installation was cancelled; nothing was left behind.");
  }
  if (ran.failure) {
    throw new Error(`The server cannot be installed: ${ran.failure}`);
  }
}

async function findPython(wanted: Installation): Promise<string> {
  for (const program of PYTHONS) {
    const ran = await run(program, ["-c", "import sys; print(*sys.version_info[:2])"], { timeout: 10_000, signal: wanted.signal });
    const [major = 0, minor = 0] = ran.output.trim().split(" ").map(Number);
    if (!ran.failure && (major > OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]))) {
      return program;
    }
  }
  throw new Error("Fieldguide's server needs Python 3.11 or newer, and none was found.");
}

async function verified(environment: string, wanted: Installation): Promise<Command> {
  const program = scriptIn(environment, wanted.windows);
  const ran = await run(program, ["--version"], { timeout: 60_000, signal: wanted.signal });
  const version = versionIn(ran.output);
  if (version === undefined || !fits(version, wanted.version)) {
    throw new Error(`The server that was installed does not fit this extension: ${version ?? (ran.failure || "no version")}.`);
  }
  return { program, args: [], origin: "extension storage" };
}

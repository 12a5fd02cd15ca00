/** Installs the server into the extension's own storage, after the user said so: nothing else of the machine changes. */

import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fits, scriptIn, versionIn, type Command } from "./candidates";
import { run, type Ran } from "./process";

const OLDEST_PYTHON = [3, 11] as const;
const PYTHONS = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python", "py"];
const LONGEST_MS = 15 * 60_000;
/** Names the environment that was installed whole and answered. What it does not name is never started. */
const POINTER = "server.json";
const PREFIX = "server-";

export interface Installation {
  storage: string;
  version: string;
  /** What pip is told to install; a test or a developer names a wheel or a folder here. */
  source: string;
  windows: boolean;
  env: NodeJS.ProcessEnv;
  report(message: string): void;
  /** Takes all that the programs said, for the log. */
  log(text: string): void;
  signal: AbortSignal;
}

/** The environment in which a whole server lies; undefined where none was installed. */
export async function installedIn(storage: string): Promise<string | undefined> {
  try {
    const { environment } = JSON.parse(await readFile(join(storage, POINTER), "utf8")) as { environment: string };
    return join(storage, environment);
  } catch {
    return undefined;
  }
}

/** Installs the server and gives the command that starts it. Throws an error with one sentence for the user. */
export async function install(wanted: Installation): Promise<Command> {
  const name = `${PREFIX}${randomUUID().slice(0, 8)}`;
  const environment = join(wanted.storage, name);
  try {
    await mkdir(wanted.storage, { recursive: true });
    await sweep(wanted.storage);
    await fill(environment, wanted);
    const command = await verified(environment, wanted);
    await point(wanted.storage, name);
    return command;
  } catch (error) {
    await rm(environment, { recursive: true, force: true, maxRetries: 5 }).catch((left: unknown) => {
      wanted.log(String(left));
    });
    throw new Error(sentenceOf(error, wanted), { cause: error });
  }
}

async function point(storage: string, environment: string): Promise<void> {
  const draft = join(storage, `${POINTER}.${environment}`);
  await writeFile(draft, JSON.stringify({ environment }), "utf8");
  await rename(draft, join(storage, POINTER));
}

/** Removes what earlier installations left. The last one stays: a server of another window may be running from it. */
async function sweep(storage: string): Promise<void> {
  const kept = await installedIn(storage);
  for (const name of (await readdir(storage)).filter((each) => each.startsWith(PREFIX))) {
    const folder = join(storage, name);
    const age = Date.now() - (await stat(folder)).mtimeMs;
    // A young one may be in the making, by another window.
    if (folder !== kept && age > 2 * LONGEST_MS) {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

async function fill(environment: string, wanted: Installation): Promise<void> {
  const python = wanted.windows ? join(environment, "Scripts", "python.exe") : join(environment, "bin", "python");
  const hasUv = !(await start("uv", ["--version"], wanted)).failure;
  wanted.report(hasUv ? "Making an environment with uv" : "Making an environment");
  if (hasUv) {
    await must("uv", ["venv", "--python", `>=${OLDEST_PYTHON.join(".")}`, environment], wanted);
  } else {
    await must(await findPython(wanted), ["-I", "-m", "venv", environment], wanted);
  }
  wanted.report(`Installing ${wanted.source}`);
  if (hasUv) {
    await must("uv", ["pip", "install", "--python", python, wanted.source], wanted);
  } else {
    await must(python, ["-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", wanted.source], wanted);
  }
}

/** Starts a program where no workspace has a word: not in its folder, and without variables that change what Python imports. */
async function start(program: string, args: readonly string[], wanted: Installation): Promise<Ran> {
  const env = { ...wanted.env, PIP_USER: "0", PIP_REQUIRE_VIRTUALENV: "0" };
  const heard = (line: string): void => {
    if (/^(Collecting|Installing) /.test(line)) {
      wanted.report(line.slice(0, 80));
    }
  };
  const ran = await run(program, args, { timeout: LONGEST_MS, signal: wanted.signal, cwd: wanted.storage, env, heard });
  wanted.log(`${[program, ...args].join(" ")}\n${ran.output}${ran.failure}`);
  return ran;
}

async function must(program: string, args: readonly string[], wanted: Installation): Promise<void> {
  const ran = await start(program, args, wanted);
  if (ran.failure) {
    throw new Error(`${ran.output}\n${ran.failure}`);
  }
}

async function findPython(wanted: Installation): Promise<string> {
  for (const program of PYTHONS) {
    const ran = await start(program, ["-I", "-c", "import sys; print(*sys.version_info[:2])"], wanted);
    const [major = 0, minor = 0] = ran.output.trim().split(" ").map(Number);
    if (!ran.failure && (major > OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]))) {
      return program;
    }
  }
  throw new Refusal("it needs Python 3.11 or newer, and none was found");
}

async function verified(environment: string, wanted: Installation): Promise<Command> {
  const program = scriptIn(environment, wanted.windows);
  const ran = await start(program, ["--version"], wanted);
  const version = versionIn(ran.output);
  if (version === undefined || !fits(version, wanted.version)) {
    throw new Refusal(version === undefined ? "what came with the package does not start" : `the package is Fieldguide ${version}, which does not fit this extension, ${wanted.version}`);
  }
  return { program, args: [], origin: "extension storage" };
}

/** A failure that is said in our own words already. */
class Refusal extends Error {}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/no space left|ENOSPC|disk is full|os error 112\b/i, "the disk is full"],
  [/ensurepip/i, "Python's venv module is missing (on Debian and Ubuntu: apt install python3-venv)"],
  [/name resolution|getaddrinfo|dns error|failed to establish|failed to fetch|connect(ion)? (error|refused|reset|timed out)|unreachable|certificate/i, "the package index cannot be reached"],
  [/no matching distribution|no solution found|not found in the package registry/i, "the package index offers none that fits"],
  [/EACCES|EROFS|ENOTDIR|permission denied|read-only/i, "the extension's folder cannot be written"],
];

function sentenceOf(error: unknown, { signal, source }: Installation): string {
  const said = error instanceof Error ? error.message : String(error);
  if (signal.aborted) {
    return "The installation was cancelled; nothing was left behind.";
  }
  const known = error instanceof Refusal ? said : REASONS.find(([pattern]) => pattern.test(said))?.[1];
  return `The server was not installed: ${known ?? said.trim().split("\n").at(-1) ?? source}.`;
}

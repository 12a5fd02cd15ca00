/** Installs the server into the extension's own storage, after the user has agreed; nothing else on the machine changes. */

import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../errors";
import { isCompatible, requiredVersion, scriptIn, versionIn, type Command } from "./candidates";
import { run, type Result } from "./process";

const OLDEST_PYTHON = [3, 11] as const;
const PYTHONS = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python", "py"];
const TIMEOUT_MS = 15 * 60_000;
/** Names the environment that was installed completely and has started once. Any other environment is never used. */
const POINTER = "server.json";
const PREFIX = "server-";

export interface Installation {
  /** The folder that the environment is made in. */
  storage: string;
  /** The version of the extension. */
  version: string;
  /** What pip installs: a requirement, a wheel or a folder. */
  source: string;
  windows: boolean;
  env: NodeJS.ProcessEnv;
  /** Shows progress to the user. */
  report: (message: string) => void;
  /** Logs the complete output of the programs. */
  log: (text: string) => void;
  signal: AbortSignal;
}

/** The environment that the server is installed in; undefined if there is none. */
export async function installedIn(storage: string): Promise<string | undefined> {
  try {
    const { environment } = JSON.parse(await readFile(join(storage, POINTER), "utf8")) as { environment: string };
    return join(storage, environment);
  } catch {
    return undefined;
  }
}

/** Installs the server and returns the command that starts it. Throws an error with one sentence for the user. */
export async function install(installation: Installation): Promise<Command> {
  const { storage, log } = installation;
  const name = `${PREFIX}${randomUUID().slice(0, 8)}`;
  const environment = join(storage, name);
  try {
    await mkdir(storage, { recursive: true });
    await removeOld(storage);
    await createEnvironment(environment, installation);
    const command = await verify(environment, installation);
    await setPointer(storage, name);
    return command;
  } catch (error) {
    await rm(environment, { recursive: true, force: true, maxRetries: 5 }).catch((failure: unknown) => {
      log(String(failure));
    });
    throw new Error(userMessage(error, installation), { cause: error });
  }
}

async function setPointer(storage: string, environment: string): Promise<void> {
  const temporary = join(storage, `${POINTER}.${environment}`);
  await writeFile(temporary, JSON.stringify({ environment }), "utf8");
  await rename(temporary, join(storage, POINTER));
}

/** Removes the remains of earlier installations. The current one stays: another window may be running it. */
async function removeOld(storage: string): Promise<void> {
  const current = await installedIn(storage);
  for (const name of (await readdir(storage)).filter((each) => each.startsWith(PREFIX))) {
    const folder = join(storage, name);
    const age = Date.now() - (await stat(folder)).mtimeMs;
    // Another window may be installing into a recent one.
    if (folder !== current && age > 2 * TIMEOUT_MS) {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

async function createEnvironment(environment: string, installation: Installation): Promise<void> {
  const { source, windows, report } = installation;
  const python = windows ? join(environment, "Scripts", "python.exe") : join(environment, "bin", "python");
  const hasUv = !(await execute("uv", ["--version"], installation)).error;
  report(hasUv ? "Creating an environment with uv" : "Creating an environment");
  if (hasUv) {
    await executeOrThrow("uv", ["venv", "--python", `>=${OLDEST_PYTHON.join(".")}`, environment], installation);
  } else {
    await executeOrThrow(await findPython(installation), ["-I", "-m", "venv", environment], installation);
  }
  report(`Installing ${source}`);
  if (hasUv) {
    await executeOrThrow("uv", ["pip", "install", "--python", python, source], installation);
  } else {
    await executeOrThrow(python, ["-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", source], installation);
  }
}

/** Runs a program outside of the workspace, without pip settings that would install elsewhere. */
async function execute(program: string, args: readonly string[], { storage, env: given, signal, report, log }: Installation): Promise<Result> {
  const env = { ...given, PIP_USER: "0", PIP_REQUIRE_VIRTUALENV: "0" };
  const onLine = (line: string): void => {
    if (/^(Collecting|Installing) /.test(line)) {
      report(line.slice(0, 80));
    }
  };
  const result = await run(program, args, { timeout: TIMEOUT_MS, signal, cwd: storage, env, onLine });
  log(`${[program, ...args].join(" ")}\n${result.output}${result.error}`);
  return result;
}

async function executeOrThrow(program: string, args: readonly string[], installation: Installation): Promise<void> {
  const { output, error } = await execute(program, args, installation);
  if (error) {
    throw new Error(`${output}\n${error}`);
  }
}

async function findPython(installation: Installation): Promise<string> {
  for (const program of PYTHONS) {
    const { output, error } = await execute(program, ["-I", "-c", "import sys; print(*sys.version_info[:2])"], installation);
    const [major = 0, minor = 0] = output.trim().split(" ").map(Number);
    if (!error && (major > OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]))) {
      return program;
    }
  }
  throw new InstallError(`it needs Python ${OLDEST_PYTHON.join(".")} or newer, and none was found`);
}

async function verify(environment: string, installation: Installation): Promise<Command> {
  const program = scriptIn(environment, installation.windows);
  const version = versionIn((await execute(program, ["--version"], installation)).output);
  if (version === undefined) {
    throw new InstallError("the installed program does not start");
  }
  if (!isCompatible(version, installation.version)) {
    throw new InstallError(`the package is Fieldguide ${version}, but this extension needs Fieldguide ${requiredVersion(installation.version)}`);
  }
  return { program, args: [], origin: "extension storage" };
}

/** An error whose message is written for the user. */
class InstallError extends Error {}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/no space left|ENOSPC|disk is full|os error 112\b/i, "the disk is full"],
  [/ensurepip/i, "Python's venv module is missing (on Debian and Ubuntu: apt install python3-venv)"],
  [/name resolution|getaddrinfo|dns error|failed to establish|failed to fetch|connect(ion)? (error|refused|reset|timed out)|unreachable|certificate/i, "the package index cannot be reached"],
  [/no matching distribution|no solution found|not found in the package registry/i, "the package index has no compatible version"],
  [/EACCES|EROFS|ENOTDIR|permission denied|read-only/i, "the extension's folder is not writable"],
];

function userMessage(error: unknown, { signal, source }: Installation): string {
  if (signal.aborted) {
    return "The installation was cancelled, and its files were removed.";
  }
  const message = messageOf(error);
  const reason = error instanceof InstallError ? message : REASONS.find(([pattern]) => pattern.test(message))?.[1];
  return `The server was not installed: ${reason ?? message.trim().split("\n").at(-1) ?? source}.`;
}

/** Where the server may be: an ordered list of commands to try. Knows no editor, so that it is tested without one. */

import { delimiter, isAbsolute, join } from "node:path";

/** A way to start something: a program and the arguments that come before ours. */
export interface Command {
  program: string;
  args: readonly string[];
  /** Where it was found, for the log and for messages. */
  origin: "setting" | "PATH" | "Python environment" | "extension storage";
}

export interface Places {
  /** The setting `fieldguide.server.path`; "" when it is not set. */
  setting: string;
  /** The PATH variable. */
  path: string;
  /** Tells the Python interpreter that is selected for the workspace, if one is. Asked only when nothing before it will do. */
  python(): Promise<string | undefined>;
  /** The environment that the extension has installed, if it has. */
  installed: string | undefined;
  windows: boolean;
}

/** Says whether a file is there and may be run. */
export type Exists = (file: string) => Promise<boolean>;

/** The command names inside a virtual environment. */
export function scriptIn(environment: string, windows: boolean): string {
  return windows ? join(environment, "Scripts", "fieldguide.exe") : join(environment, "bin", "fieldguide");
}

/** Every server that is there, the one to prefer first. A setting is the user's word: nothing else is tried then. */
export async function* candidates(places: Places, exists: Exists): AsyncGenerator<Command> {
  if (places.setting) {
    yield { program: places.setting, args: [], origin: "setting" };
    return;
  }
  const name = places.windows ? "fieldguide.exe" : "fieldguide";
  for (const folder of places.path.split(delimiter).filter(isAbsolute)) {
    if (await exists(join(folder, name))) {
      yield { program: join(folder, name), args: [], origin: "PATH" };
      break;
    }
  }
  const python = await places.python();
  if (python && (await exists(python))) {
    // -P keeps the workspace off the import path: it may hold files that are named like our packages.
    yield { program: python, args: ["-P", "-m", "fieldguide_server"], origin: "Python environment" };
  }
  const installed = places.installed && scriptIn(places.installed, places.windows);
  if (installed && (await exists(installed))) {
    yield { program: installed, args: [], origin: "extension storage" };
  }
}

/** The version in what `fieldguide --version` prints; undefined when that is something else. */
export function versionIn(output: string): string | undefined {
  return /\bfieldguide (\d+\.\d+\.\d+\S*)/.exec(output)?.[1];
}

/** Whether a server of one version can serve an extension of another: the same major, below 1.0 the same minor. */
export function fits(server: string, extension: string): boolean {
  const [major, minor] = server.split(".");
  const [ownMajor, ownMinor] = extension.split(".");
  return major === ownMajor && (major !== "0" || minor === ownMinor);
}

/** Why a program is not started, as the end of a sentence: `found` is its version, `failure` how asking for it failed. */
export function misfit(found: string | undefined, failure: string, extension: string): string {
  if (found === undefined) {
    return `is no Fieldguide: ${failure || "it prints no version"}`;
  }
  return `is Fieldguide ${found}, too ${isOlder(found, extension) ? "old" : "new"} for this extension (${extension})`;
}

function isOlder(version: string, other: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split(".").map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

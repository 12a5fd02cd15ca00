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
  /** The Python interpreter that is selected for the workspace, if one is. */
  python: string | undefined;
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
export async function candidates(places: Places, exists: Exists): Promise<Command[]> {
  if (places.setting) {
    return [{ program: places.setting, args: [], origin: "setting" }];
  }
  const found: Command[] = [];
  const name = places.windows ? "fieldguide.exe" : "fieldguide";
  for (const folder of places.path.split(delimiter).filter(isAbsolute)) {
    if (await exists(join(folder, name))) {
      found.push({ program: join(folder, name), args: [], origin: "PATH" });
      break;
    }
  }
  if (places.python && (await exists(places.python))) {
    // -P keeps the workspace off the import path: it may hold files that are named like our packages.
    found.push({ program: places.python, args: ["-P", "-m", "fieldguide_server"], origin: "Python environment" });
  }
  const installed = places.installed && scriptIn(places.installed, places.windows);
  if (installed && (await exists(installed))) {
    found.push({ program: installed, args: [], origin: "extension storage" });
  }
  return found;
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

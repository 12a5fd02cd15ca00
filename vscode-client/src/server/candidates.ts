/** Where the server may be: the commands to try, in order. Independent of `vscode`, so that unit tests can import it. */

import { delimiter, isAbsolute, join } from "node:path";

/** A program, and the arguments that come before those of the server. */
export interface Command {
  program: string;
  args: readonly string[];
  /** Where it was found, for the log and for messages. */
  origin: "setting" | "PATH" | "Python environment" | "extension storage";
}

export interface SearchLocations {
  /** The setting `fieldguide.server.path`; "" if it is not set. */
  setting: string;
  /** The PATH variable. */
  path: string;
  /** The Python interpreter that is selected for the workspace, if any. Called only if PATH has no usable server. */
  python(): Promise<string | undefined>;
  /** The virtual environment that the extension has installed, if any. */
  installed: string | undefined;
  windows: boolean;
}

/** Whether a file exists and is executable. */
export type Exists = (file: string) => Promise<boolean>;

/** The path of the `fieldguide` script in a virtual environment. */
export function scriptIn(environment: string, windows: boolean): string {
  return windows ? join(environment, "Scripts", "fieldguide.exe") : join(environment, "bin", "fieldguide");
}

/** Every server that exists, in order of preference. If the setting is set, it is the only candidate. */
export async function* candidates(locations: SearchLocations, exists: Exists): AsyncGenerator<Command> {
  if (locations.setting) {
    yield { program: locations.setting, args: [], origin: "setting" };
    return;
  }
  const name = locations.windows ? "fieldguide.exe" : "fieldguide";
  for (const folder of locations.path.split(delimiter).filter(isAbsolute)) {
    if (await exists(join(folder, name))) {
      yield { program: join(folder, name), args: [], origin: "PATH" };
      break;
    }
  }
  const python = await locations.python();
  if (python && (await exists(python))) {
    // -P keeps the workspace off the import path: it may contain modules with the names of our packages.
    yield { program: python, args: ["-P", "-m", "fieldguide_server"], origin: "Python environment" };
  }
  const installed = locations.installed && scriptIn(locations.installed, locations.windows);
  if (installed && (await exists(installed))) {
    yield { program: installed, args: [], origin: "extension storage" };
  }
}

/** The version in the output of `fieldguide --version`; undefined if the output has none. */
export function versionIn(output: string): string | undefined {
  return /\bfieldguide (\d+\.\d+\.\d+\S*)/.exec(output)?.[1];
}

/** The versions of the server that an extension works with: "1.x", before 1.0 "0.1.x". */
export function requiredVersion(extension: string): string {
  const [major = "", minor = ""] = extension.split(".");
  return major === "0" ? `0.${minor}.x` : `${major}.x`;
}

/** Whether a server of one version works with an extension of another. */
export function isCompatible(server: string, extension: string): boolean {
  return requiredVersion(server) === requiredVersion(extension);
}

/**
 * Why a program cannot be used, as the end of a sentence. `version` is what the program reports, undefined if it reports
 * none; `error` says why asking for it failed.
 */
export function incompatibility(version: string | undefined, error: string, extension: string): string {
  return version === undefined
    ? `is not Fieldguide: ${error || "it reports no version"}`
    : `is Fieldguide ${version}, but this extension needs Fieldguide ${requiredVersion(extension)}`;
}

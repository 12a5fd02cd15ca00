/** Running other programs: to the end, with a limit, and cancellable. */

import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { createInterface } from "node:readline";

export interface Ran {
  output: string;
  /** Why it failed, in the program's own last words; "" when it did not. */
  failure: string;
}

export interface Running {
  /** Milliseconds after which it is ended. */
  timeout: number;
  signal?: AbortSignal;
  /** Where it runs. A program's name without a folder is looked for there first on Windows, so never in a workspace. */
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Hears each line that it prints. */
  heard?: (line: string) => void;
}

/** Runs a program until it is gone. It never throws: what went wrong is in the result. */
export function run(program: string, args: readonly string[], { heard, ...options }: Running): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(program, [...args], { ...options, windowsHide: true, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      const last = stderr.trim().split("\n").at(-1) ?? "";
      const ran = { output: stdout + stderr, failure: error ? last || error.message : "" };
      // After an abort this is called before the program is gone; what it was writing to must be left alone until then.
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
        resolve(ran);
      } else {
        child.once("exit", () => {
          resolve(ran);
        });
      }
    });
    if (heard && child.stdout) {
      createInterface(child.stdout).on("line", heard);
    }
  });
}

export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

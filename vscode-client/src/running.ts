/** Running other programs: to the end, with a limit, and cancellable. */

import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";

export interface Ran {
  output: string;
  /** Why it failed, in the program's own last words; "" when it did not. */
  failure: string;
}

/** Runs a program to its end. It never throws: what went wrong is in the result. */
export function run(program: string, args: readonly string[], options: { timeout: number; signal?: AbortSignal }): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, [...args], { ...options, windowsHide: true, maxBuffer: 4 * 1024 * 1024 }, (error, stdout, stderr) => {
      const last = stderr.trim().split("\n").at(-1) ?? "";
      resolve({ output: stdout + stderr, failure: error ? last || error.message : "" });
    });
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

/** Runs other programs to their end, with a timeout, and cancellable. */

import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { createInterface } from "node:readline";

export interface Result {
  /** Standard output, then standard error. */
  output: string;
  /** The last line that the program wrote to standard error, otherwise Node's message; "" if it succeeded. */
  error: string;
}

export interface Options {
  /** Milliseconds after which the program is killed. */
  timeout: number;
  signal?: AbortSignal;
  /** The working directory. Never a workspace: Windows looks for a program without a path there first. */
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Called for each line of standard output. */
  onLine?: (line: string) => void;
}

/** Runs a program until it has exited. Never rejects: an error is part of the result. */
export function run(program: string, args: readonly string[], { onLine, ...options }: Options): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(program, [...args], { ...options, windowsHide: true, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      const lastLine = stderr.trim().split("\n").at(-1) ?? "";
      const result = { output: stdout + stderr, error: error ? lastLine || error.message : "" };
      // After an abort this is called before the process has exited; the caller must not remove its files until then.
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
        resolve(result);
      } else {
        child.once("exit", () => {
          resolve(result);
        });
      }
    });
    if (onLine && child.stdout) {
      createInterface(child.stdout).on("line", onLine);
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

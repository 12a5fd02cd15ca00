/** Runs a suite inside the extension host, where the `vscode` of the tests is the one of the extension. */

import { writeFileSync } from "node:fs";
import Mocha from "mocha";
import { measured, told } from "./support";

const SUITES: Record<string, () => Promise<unknown>> = {
  folder: async () => [await import("./editing.js"), await import("./models.js"), await import("./chat.js"), await import("./lifetime.js")],
  several: () => import("./several.js"),
};

interface Report {
  passed: string[];
  failed: Record<string, string>;
  skipped: string[];
  measured: Record<string, number>;
}

/** VS Code calls this. It writes what happened to a file, for who started VS Code. */
export async function run(): Promise<void> {
  const report: Report = { passed: [], failed: {}, skipped: [], measured };
  const mocha = new Mocha({ ui: "bdd", timeout: 120_000, reporter: "min" });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  await SUITES[told.suite]?.();
  await new Promise<void>((done) => {
    const runner = mocha.run(() => {
      done();
    });
    runner.on("pass", (test) => report.passed.push(test.fullTitle()));
    runner.on("pending", (test) => report.skipped.push(test.fullTitle()));
    runner.on("fail", (test, error: Error) => (report.failed[test.fullTitle()] = error.stack ?? error.message));
  });
  writeFileSync(told.report, JSON.stringify(report));
}

/** Runs a suite inside the extension host, where tests and extension share one `vscode`. */

import { writeFileSync } from "node:fs";
import Mocha from "mocha";
import { config, measured, PATIENCE } from "./support";

const SUITES: Record<string, () => Promise<unknown>> = {
  folder: async () => [await import("./editor.js"), await import("./models.js"), await import("./chat.js"), await import("./server.js")],
  multiRoot: () => import("./multiRoot.js"),
};

interface Report {
  passed: string[];
  failed: Record<string, string>;
  skipped: string[];
  measured: Record<string, number>;
}

/** Called by VS Code. Writes the results to the report file. */
export async function run(): Promise<void> {
  const report: Report = { passed: [], failed: {}, skipped: [], measured };
  const mocha = new Mocha({ ui: "bdd", timeout: 120_000 * PATIENCE, reporter: "min" });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  await SUITES[config.suite]?.();
  await new Promise<void>((done) => {
    const runner = mocha.run(() => {
      done();
    });
    runner.on("pass", (test) => report.passed.push(test.fullTitle()));
    runner.on("pending", (test) => report.skipped.push(test.fullTitle()));
    runner.on("fail", (test, error: Error) => (report.failed[test.fullTitle()] = error.stack ?? error.message));
  });
  writeFileSync(config.report, JSON.stringify(report));
}

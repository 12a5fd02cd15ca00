// Runs one journey: node test/e2e/run.mjs JOURNEY. Its input is in FIELDGUIDE_E2E (see tests/client/test_in_vscode.py).
import { globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { journeys } from "./journeys.mjs";
import { launch, openWorkbench, startServer } from "./workbench.mjs";

const [name] = process.argv.slice(2);
const config = JSON.parse(process.env.FIELDGUIDE_E2E);
const started = performance.now();
const lap = (step) => process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${step}\n`);
mkdirSync(config.shots, { recursive: true });
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1)); // the exit handler kills the server

const server = await startServer(config);
let browser, workbench;
try {
  lap("code-server is up");
  browser = await launch();
  workbench = await openWorkbench(browser, server, config.workspace);
  lap("the workbench is open");
  const shot = (title) => workbench.shot(join(config.shots, `${title}.png`));
  await journeys[name]({ workbench, page: workbench.page, config, lap, shot });
  if (workbench.offsite.size) throw new Error(`requests to the network: ${[...workbench.offsite].join(", ")}`);
} catch (error) {
  process.exitCode = 1;
  const [log] = globSync(join(server.root, "data/logs/**/*Fieldguide*.log")).sort().slice(-1);
  process.stderr.write(`${error.stack}\n${server.log.slice(-500)}\n${log ? readFileSync(log, "utf8").slice(-4000) : ""}\n`);
  await workbench?.shot(join(config.shots, `${name}-failed.png`));
} finally {
  await browser?.close();
  await server.stop();
}

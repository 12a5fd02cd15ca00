// One journey: node test/e2e/run.mjs JOURNEY. What it needs comes by the environment (see tests/client/test_in_vscode.py).
import { globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { journeys } from "./journeys.mjs";
import { launch, openWorkbench, startServer } from "./workbench.mjs";

const [name] = process.argv.slice(2);
const told = JSON.parse(process.env.FIELDGUIDE_E2E);
const started = performance.now();
const lap = (what) => process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${what}\n`);
mkdirSync(told.shots, { recursive: true });
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1)); // the server goes along

const server = await startServer(told);
let browser, workbench;
try {
  lap("code-server is up");
  browser = await launch();
  workbench = await openWorkbench(browser, server, told.workspace);
  lap("the workbench is open");
  const shot = (what) => workbench.shot(join(told.shots, `${what}.png`));
  await journeys[name]({ workbench, page: workbench.page, told, lap, shot });
  if (workbench.offsite.size) throw new Error(`asked of the network: ${[...workbench.offsite].join(", ")}`);
} catch (error) {
  process.exitCode = 1;
  const [own] = globSync(join(server.root, "data/logs/**/*Fieldguide*.log")).sort().slice(-1);
  process.stderr.write(`${error.stack}\n${server.log.slice(-500)}\n${own ? readFileSync(own, "utf8").slice(-4000) : ""}\n`);
  await workbench?.shot(join(told.shots, `${name}-failed.png`));
} finally {
  await browser?.close();
  await server.stop();
}

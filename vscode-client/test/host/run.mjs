// One suite inside the extension host: node test/host/run.mjs FILE. The file says what the suite needs (see tests/client/test_in_host.py).
import { readFileSync } from "node:fs";
import { launch, startServer } from "../e2e/workbench.mjs";

const [file] = process.argv.slice(2);
const told = JSON.parse(readFileSync(file, "utf8"));
const server = await startServer({ ...told, env: { ...told.env, FIELDGUIDE_HOST: file }, flags: ["--vscode-option", "enable-smoke-test-driver"] });
const at = (path) => `vscode-remote://${new URL(server.base).host}${path}`;
const payload = [
  ["extensionDevelopmentPath", at(told.extension)],
  ["extensionTestsPath", at(told.tests)],
];
let browser;
let status = 1;
try {
  browser = await launch();
  const page = await browser.newPage();
  const ended = new Promise((resolve) => page.exposeFunction("codeAutomationExit", resolve));
  await page.exposeFunction("codeAutomationLog", (kind, args) => kind === "info" || process.stdout.write(`[${kind}] ${args.join(" ")}\n`));
  await page.goto(`${server.base}/?${new URLSearchParams({ ...told.open, payload: JSON.stringify(payload) })}`);
  const late = new Promise((resolve) => setTimeout(resolve, told.patience, "late").unref());
  status = await Promise.race([ended, late]);
} finally {
  await browser?.close();
  if (status !== 0) process.stderr.write(`ended with ${status}\n${server.log.slice(-2000)}\n`);
  await server.stop();
}
process.exit(status === 0 ? 0 : 1);

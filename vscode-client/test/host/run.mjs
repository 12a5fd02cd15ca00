// Runs one suite inside the extension host: node test/host/run.mjs FILE. See tests/client/test_in_host.py for the file.
import { readFileSync } from "node:fs";
import { launch, startServer } from "../e2e/workbench.mjs";

const [file] = process.argv.slice(2);
const config = JSON.parse(readFileSync(file, "utf8"));
const server = await startServer({ ...config, env: { ...config.env, FIELDGUIDE_HOST: file }, flags: ["--vscode-option", "enable-smoke-test-driver"] });
const remoteUri = (path) => `vscode-remote://${new URL(server.base).host}${path}`;
const payload = [
  ["extensionDevelopmentPath", remoteUri(config.extension)],
  ["extensionTestsPath", remoteUri(config.tests)],
];
let browser;
let status = 1;
try {
  browser = await launch();
  const page = await browser.newPage();
  const exit = new Promise((resolve) => page.exposeFunction("codeAutomationExit", resolve));
  await page.exposeFunction("codeAutomationLog", (kind, args) => kind === "info" || process.stdout.write(`[${kind}] ${args.join(" ")}\n`));
  await page.goto(`${server.base}/?${new URLSearchParams({ ...config.open, payload: JSON.stringify(payload) })}`);
  const timeout = new Promise((resolve) => setTimeout(resolve, config.timeout, "timeout").unref());
  status = await Promise.race([exit, timeout]);
} finally {
  await browser?.close();
  if (status !== 0) process.stderr.write(`exit status: ${status}\n${server.log.slice(-2000)}\n`);
  await server.stop();
}
process.exit(status === 0 ? 0 : 1);

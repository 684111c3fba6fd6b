// Brings everything a command needs, then runs it. Plain JavaScript without dependencies: it is what runs on a
// machine that has nothing but Node 18+ and npm.   node ops/setup.mjs <command> [arguments]
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ensureBrowser, ensureFirefox } from "./setup/browser.mjs";
import { ensurePackages } from "./setup/packages.mjs";
import { runToEnd, SetupError, say } from "./setup/process.mjs";
import { ensureNode } from "./setup/tools.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

const commands = {
  start: { entry: "ops/start.ts", browser: true },
  test: { entry: "ops/test.ts", browser: true },
  check: { entry: "ops/check.ts", browser: false },
  bench: { entry: "ops/bench.ts", browser: true },
  faults: { entry: "ops/faults.ts", browser: true },
  verdict: { entry: "cli/main.ts", browser: false },
  secrets: { entry: "ops/secrets.ts", browser: false },
};

async function main() {
  const [name = "", ...args] = process.argv.slice(2);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    throw new SetupError(`"${name}" is no command: expected one of ${Object.keys(commands).join(", ")}.`);
  }
  const entry = join(root, command.entry);
  if (!existsSync(entry)) {
    throw new SetupError(`${command.entry} is missing from this checkout: restore it from the repository.`);
  }
  const home = resolve(root, process.env.VERDICT_HOME || ".verdict");
  const [node] = await Promise.all([ensureNode(root, home), ensurePackages(root, home)]);
  const env = { ...process.env, VERDICT_HOME: home };
  if (node !== process.execPath) env.PATH = `${dirname(node)}${delimiter}${env.PATH ?? ""}`;
  if (command.browser) Object.assign(env, await ensureBrowser(root, home, node));
  if (name === "test") Object.assign(env, await ensureFirefox(home));

  const tsx = pathToFileURL(createRequire(join(root, "package.json")).resolve("tsx")).href;
  // The CLI reads and writes files where the person stands; npm has changed the folder meanwhile.
  const cwd = name === "verdict" ? (process.env.INIT_CWD ?? process.cwd()) : root;
  process.exitCode = await runToEnd(node, ["--import", tsx, entry, ...args], { cwd, env });
}

main().catch((error) => {
  say(error instanceof SetupError ? error.message : (error.stack ?? String(error)));
  process.exitCode = 1;
});

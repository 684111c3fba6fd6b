// Everything that can be judged without running the product:   npm run check
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import pc from "picocolors";
import { docsBreaches } from "./checks/docs.ts";
import { fileFindings } from "./checks/files.ts";
import { importBreaches } from "./checks/imports.ts";
import { repositoryFiles } from "./checks/repository.ts";
import { projectRoot } from "./config.ts";

const execute = promisify(execFile);
const programBoundMs = 180_000;

type Outcome = { ok: boolean; output: string };
type Check = { name: string; run: (files: readonly string[]) => Promise<Outcome> };

const checks: readonly Check[] = [
  { name: "format and lint", run: () => program("biome", ["check", "--colors=off", "--max-diagnostics=50"]) },
  { name: "types", run: () => program("tsc", ["--noEmit", "-p", "."]) },
  { name: "dead code", run: () => program("knip", ["--no-progress"]) },
  { name: "import law", run: async (files) => breaches(importBreaches(projectRoot, files)) },
  { name: "documentation", run: async (files) => breaches(docsBreaches(projectRoot, files)) },
  {
    name: "committed files",
    run: async (files) => {
      const { errors, warnings } = fileFindings(projectRoot, files);
      return { ok: errors.length === 0, output: [...errors, ...warnings].join("\n") };
    },
  },
];

async function main(): Promise<number> {
  const files = repositoryFiles(projectRoot);
  const outcomes = await Promise.all(
    checks.map(async ({ name, run }) => {
      const startedAt = performance.now();
      const outcome = await run(files);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(`${outcome.ok ? pc.green("✔") : pc.red("✖")} ${name} (${seconds} s)`);
      if (outcome.output !== "") console.log(outcome.output.replace(/^/gm, "    "));
      return outcome.ok;
    }),
  );
  const failed = outcomes.filter((ok) => !ok).length;
  console.log(`\n${outcomes.length - failed} checks passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Runs a program of node_modules; its output counts only when it has something to say. */
async function program(name: string, args: readonly string[]): Promise<Outcome> {
  const path = `${projectRoot}/node_modules/.bin/${name}`;
  const options = { cwd: projectRoot, timeout: programBoundMs, maxBuffer: 20_000_000 };
  try {
    await execute(path, [...args], options);
    return { ok: true, output: "" };
  } catch (error) {
    const text = error instanceof Error ? error : new Error(String(error));
    const said = ["stdout" in text ? String(text.stdout) : "", "stderr" in text ? String(text.stderr) : ""];
    return { ok: false, output: said.join("\n").trim() || text.message };
  }
}

function breaches(list: readonly string[]): Outcome {
  return { ok: list.length === 0, output: list.join("\n") };
}

process.exitCode = await main();
if (process.connected) process.disconnect();

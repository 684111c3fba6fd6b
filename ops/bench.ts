// Measures against the peers, in one run on one machine:   npm run bench -- NAME [--quick]
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, type BenchResult, tableOf } from "./bench/result.ts";
import { projectRoot } from "./config.ts";

const benches: Record<string, () => Promise<Bench>> = {
  queue: async () => (await import("./bench/queue.ts")).benchQueue,
  live: async () => (await import("./bench/live.ts")).benchLive,
  runner: async () => (await import("./bench/runner.ts")).benchRunner,
  "sign-ins": async () => (await import("./bench/sign-ins.ts")).benchSignIns,
};

async function main(): Promise<number> {
  const [name = "", ...flags] = process.argv.slice(2);
  const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
  const unknown = flags.find((flag) => flag !== "--quick");
  if (load === undefined || unknown !== undefined) {
    console.error(
      load === undefined
        ? `"${name}" is no benchmark: expected one of ${Object.keys(benches).join(", ")}.`
        : `"${unknown}" is no option: the only one is --quick.`,
    );
    return 1;
  }
  const home = process.env.VERDICT_HOME ?? join(projectRoot, ".verdict");
  const bench = await load();
  const result = await bench({ quick: flags.includes("--quick"), home });
  console.log(tableOf(result));
  console.log(`\n${write(name, result)}`);
  return 0;
}

function write(name: string, result: BenchResult): string {
  const folder = join(projectRoot, "bench-results");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}

process.exitCode = await main();
if (process.connected) process.disconnect();

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import type { AttemptOutcome, FromAttempt, ToAttempt } from "./protocol.ts";
import { Bench, eventually, isAlive } from "./testing/run.ts";
import { type Site, startSite } from "./testing/site.ts";

let bench: Bench;
let site: Site;
let pool: Piscina;

before(async () => {
  bench = await Bench.open();
  site = await startSite();
  pool = new Piscina({
    filename: new URL("./thread.ts", import.meta.url).href,
    name: "runAttempt",
    execArgv: ["--import", "tsx"],
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 4,
    atomics: "disabled",
  });
});

after(async () => {
  await pool.destroy();
  await site.close();
  await bench.close();
});

test("attempts run in a thread of a pool, and their browsers go when it is told to close them", async () => {
  const pids = new Set<number>();
  const run = async (path: string): Promise<AttemptOutcome> => {
    const { port1, port2 } = new MessageChannel();
    port1.on("message", (message: FromAttempt) => {
      if (message.type === "browser") pids.add(message.pid);
      else port1.postMessage({ type: "taken", messages: 1 } satisfies ToAttempt);
    });
    const plan = bench.plan([{ type: "goto", url: path }], { baseUrl: site.url });
    return pool.run({ plan, port: port2 }, { transferList: [port2] });
  };
  const outcomes = await Promise.all([run("/"), run("/form"), run("/next"), run("/popup")]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["passed", "passed", "passed", "passed"],
  );
  assert.equal(pids.size, 1);
  await pool.run(undefined, { name: "closeBrowsers" });
  for (const pid of pids) await eventually(() => !isAlive(pid), 2_000, `process group ${pid} is gone`);
});

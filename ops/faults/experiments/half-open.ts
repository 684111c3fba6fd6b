import { setTimeout as delay } from "node:timers/promises";
import { limits } from "../../../db/domain/limits.ts";
import { holdingsOf, recovered } from "../blow.ts";
import type { Experiment, Stand } from "../experiment.ts";
import type { LabWorker } from "../lab.ts";
import { until } from "../patience.ts";
import { startProxy, type TcpProxy } from "../proxy.ts";

type Cuttable = { worker: LabWorker; proxy: TcpProxy };
const cuttable = 2;
const knownMsMax = 90_000;

/** What a worker wrote before its lease ended arrives after another one has taken over: the fence has to refuse it. */
export const halfOpen: Experiment = {
  id: "half-open",
  title: "half-open connections to PostgreSQL",
  injects:
    "A proxy passes nothing on between a worker and PostgreSQL for longer than a lease, then all of it, or resets.",
  trials: 30,
  quickTrials: 4,
  lab: { workers: 1, slots: 2 },
  load: { unfinished: 10 },
  async run(stand) {
    const { lab, trials, say } = stand;
    const proxied: Cuttable[] = [];
    try {
      for (let at = 0; at < cuttable; at++) {
        const url = new URL(lab.database.url);
        const proxy = await startProxy({ host: url.hostname, port: Number(url.port) });
        url.port = String(proxy.port);
        proxied.push({ proxy, worker: await lab.startWorker({ DATABASE_URL: url.href }) });
      }
      for (let trial = 1; trial <= trials; trial += cuttable) {
        await Promise.all(proxied.map((one, at) => hold(stand, one, trial + at)));
        say(`${Math.min(trials, trial + cuttable - 1)} of ${trials}`);
      }
      // They must say goodbye through their proxies.
      await Promise.all(proxied.map(({ worker }) => lab.stopWorker(worker)));
    } finally {
      for (const { proxy } of proxied) await proxy.close();
    }
  },
};

async function hold({ lab, random, trials, record }: Stand, one: Cuttable, trial: number): Promise<void> {
  if (trial > trials) return;
  const { worker, proxy } = one;
  await delay(random.between(500, 3_000));
  const held = await holdingsOf(lab.sql, worker.id);
  const victims = held.map(({ executionId }) => executionId);
  const isThawed = random.next() < 0.5;
  const kind = isThawed ? "frozen connection, then thawed" : "frozen connection, then reset";
  record({ trial, kind, at: Date.now(), stages: held.map(({ stage }) => stage), victims });
  proxy.freeze();
  await delay(limits.leaseMs + random.between(1_000, 8_000));
  if (isThawed) proxy.thaw();
  else proxy.cut();
  await recovered(lab, victims);
  await until(`worker ${worker.pid} is known again`, knownMsMax, async () => {
    const [row] = await lab.sql`select 1 from worker where id = ${worker.id} and lost_at is null
      and seen_at > now() - interval '6 seconds'`;
    return row;
  });
}

import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Experiment } from "../experiment.ts";
import { end } from "../lab.ts";
import { until } from "../patience.ts";

const tickerFile = fileURLToPath(new URL("../ticker.ts", import.meta.url));
const schedulers = 3;
const tickMsMax = 45_000;

/** An hour passes by moving what there is of it into the past: its tick and its job. */
export const pausedScheduler: Experiment = {
  id: "paused-scheduler",
  title: "several schedulers, one of them paused",
  injects:
    "Three schedulers ask for the same tick; one is stopped (SIGSTOP) at any moment, also in its transaction.",
  trials: 100,
  quickTrials: 15,
  lab: { workers: 0, slots: 1 },
  load: { unfinished: 0 },
  async run({ lab, random, trials, record, say }) {
    const env = { ...process.env, DATABASE_URL: lab.database.url };
    const children = Array.from({ length: schedulers }, () =>
      spawn(process.execPath, ["--import", "tsx", tickerFile], {
        env,
        stdio: ["ignore", "ignore", "inherit"],
      }),
    );
    try {
      for (let trial = 1; trial <= trials; trial++) {
        await lab.sql.begin(async (tx) => {
          await tx`lock table schedule_tick in exclusive mode`;
          await tx`update schedule_tick set due_at = due_at - ${trial}::int * interval '1 hour'
            where due_at = date_trunc('hour', now())`;
          await tx`update outbox set unique_key = null, created_at = created_at - ${trial}::int * interval '1 hour'
            where unique_key is not null`;
        });
        const paused = random.pick(children);
        await delay(random.between(0, 8));
        record({ trial, kind: "SIGSTOP of a scheduler", at: Date.now(), stages: [], victims: [] });
        paused.kill("SIGSTOP");
        await until("the tick was made by another scheduler", tickMsMax, async () => {
          const [row] = await lab.sql`select 1 from schedule_tick where due_at = date_trunc('hour', now())`;
          return row;
        });
        paused.kill("SIGCONT");
        await delay(random.between(0, 30));
        if (trial % 20 === 0) say(`${trial} of ${trials}`);
      }
    } finally {
      for (const child of children) child.kill("SIGCONT");
      await Promise.all(children.map((child) => end(child, "SIGTERM")));
    }
  },
};

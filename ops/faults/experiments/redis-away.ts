import { setTimeout as delay } from "node:timers/promises";
import { missingReason } from "../../testing/programs.ts";
import { allHoldings } from "../blow.ts";
import type { Experiment } from "../experiment.ts";

export const redisAway: Experiment = {
  id: "redis-away",
  title: "Redis gone, and back empty",
  injects: "SIGKILL of Redis; after a few seconds an empty one comes back at the same address.",
  trials: 20,
  quickTrials: 3,
  lab: { workers: 2, slots: 2, redis: true },
  load: { unfinished: 8 },
  probes: true,
  missing: () => missingReason("redis-server"),
  async run({ lab, random, trials, record, say }) {
    for (let trial = 1; trial <= trials; trial++) {
      await delay(random.between(500, 3_000));
      const stages = (await allHoldings(lab.sql)).map(({ stage }) => stage);
      record({ trial, kind: "SIGKILL of Redis", at: Date.now(), stages, victims: [] });
      await lab.killRedis();
      await delay(random.between(1_000, 4_000));
      await lab.startRedis();
      say(`${trial} of ${trials}`);
    }
  },
};

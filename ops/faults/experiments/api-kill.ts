import { setTimeout as delay } from "node:timers/promises";
import { allHoldings } from "../blow.ts";
import type { Experiment } from "../experiment.ts";

export const apiKill: Experiment = {
  id: "api-kill",
  title: "kill -9 of the API",
  injects: "SIGKILL of the API while clients start executions and watch them.",
  trials: 40,
  quickTrials: 5,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 10 },
  probes: true,
  async run({ lab, random, trials, record, say }) {
    for (let trial = 1; trial <= trials; trial++) {
      await delay(random.between(500, 4_000));
      const stages = (await allHoldings(lab.sql)).map(({ stage }) => stage);
      record({ trial, kind: "SIGKILL of the API", at: Date.now(), stages, victims: [] });
      await lab.killApi();
      await lab.startApi();
      say(`${trial} of ${trials}`);
    }
  },
};

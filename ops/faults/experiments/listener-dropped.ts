import { setTimeout as delay } from "node:timers/promises";
import { allHoldings } from "../blow.ts";
import type { Experiment } from "../experiment.ts";

export const listenerDropped: Experiment = {
  id: "listener-dropped",
  title: "listeners dropped",
  injects: "Ends every connection that listens, of workers and API: hints in between are lost.",
  trials: 100,
  quickTrials: 10,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 6 },
  async run({ lab, random, trials, record, say }) {
    for (let trial = 1; trial <= trials; trial++) {
      await delay(random.between(200, 2_000));
      const stages = (await allHoldings(lab.sql)).map(({ stage }) => stage);
      const at = Date.now();
      const ended = await lab.sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query ilike 'listen %'`;
      record({ trial, kind: `end of ${ended.length} listeners`, at, stages, victims: [] });
      if (trial % 20 === 0) say(`${trial} of ${trials}`);
    }
  },
};

import { setTimeout as delay } from "node:timers/promises";
import { limits } from "../../../db/domain/limits.ts";
import { allHoldings, recovered } from "../blow.ts";
import type { Experiment } from "../experiment.ts";

/** Worse than one that is away: it refuses nothing, so that only bounds of our own end a wait. */
export const postgresFrozen: Experiment = {
  id: "postgres-frozen",
  title: "PostgreSQL stands still",
  injects: "SIGSTOP of all processes of PostgreSQL, for a moment or for longer than a lease, then SIGCONT.",
  trials: 30,
  quickTrials: 4,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 8 },
  probes: true,
  async run({ lab, server, random, trials, record, say }) {
    if (!server) throw new Error("there is no PostgreSQL that may be stopped");
    for (let trial = 1; trial <= trials; trial++) {
      await delay(random.between(2_000, 5_000));
      const held = await allHoldings(lab.sql);
      const victims = held.map(({ executionId }) => executionId);
      const isLong = trial % 2 === 0;
      const kind = isLong ? "PostgreSQL frozen for longer than a lease" : "PostgreSQL frozen for a moment";
      const at = Date.now();
      server.freeze();
      try {
        await delay(isLong ? limits.leaseMs + random.between(1_000, 5_000) : random.between(3_000, 8_000));
      } finally {
        server.thaw();
      }
      // Nobody can take over before there is a database again.
      record({ trial, kind, at: isLong ? Date.now() : at, stages: held.map(({ stage }) => stage), victims });
      await recovered(lab, victims);
      say(`${trial} of ${trials}: ${victims.length} executions underway`);
    }
  },
};

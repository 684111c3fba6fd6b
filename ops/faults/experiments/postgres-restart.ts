import { setTimeout as delay } from "node:timers/promises";
import { allHoldings } from "../blow.ts";
import type { Experiment } from "../experiment.ts";

export const postgresRestart: Experiment = {
  id: "postgres-restart",
  title: "PostgreSQL restarted every 5 to 10 s",
  injects: "Stops PostgreSQL as an operator does, or kills it, and starts it again after up to 2 s.",
  trials: 80,
  quickTrials: 5,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 10 },
  probes: true,
  async run({ lab, server, random, trials, record, say }) {
    if (!server) throw new Error("there is no PostgreSQL that may be stopped");
    for (let trial = 1; trial <= trials; trial++) {
      await delay(random.between(5_000, 10_000));
      const stages = (await allHoldings(lab.sql)).map(({ stage }) => stage);
      const isKill = random.next() < 0.5;
      record({
        trial,
        kind: isKill ? "SIGKILL of PostgreSQL" : "stop of PostgreSQL",
        at: Date.now(),
        stages,
        victims: [],
      });
      await (isKill ? server.kill() : server.stop());
      await delay(random.between(0, 2_000));
      await server.start();
      say(
        `${trial} of ${trials}: ${isKill ? "killed" : "stopped"} with ${stages.length} executions underway`,
      );
    }
  },
};

import { setTimeout as delay } from "node:timers/promises";
import { allHoldings, recovered } from "../blow.ts";
import type { Experiment } from "../experiment.ts";
import { end } from "../lab.ts";

const workers = 2;

export const everythingKilled: Experiment = {
  id: "everything-killed",
  title: "everything killed at once",
  injects: "SIGKILL of all workers, the API and PostgreSQL at the same moment; then all are started again.",
  trials: 20,
  quickTrials: 3,
  lab: { workers, slots: 2 },
  load: { unfinished: 8 },
  async run({ lab, server, random, trials, record, say }) {
    if (!server) throw new Error("there is no PostgreSQL that may be killed");
    for (let trial = 1; trial <= trials; trial++) {
      await delay(random.between(1_000, 4_000));
      const held = await allHoldings(lab.sql);
      const victims = held.map(({ executionId }) => executionId);
      const stages = held.map(({ stage }) => stage);
      record({ trial, kind: "SIGKILL of everything", at: Date.now(), stages, victims });
      const dying = lab.workers.map(({ child }) => end(child, "SIGKILL"));
      await Promise.all([...dying, lab.killApi(), server.kill()]);
      await server.start();
      await Promise.all([lab.startApi(), ...Array.from({ length: workers }, () => lab.startWorker())]);
      await recovered(lab, victims);
      say(`${trial} of ${trials}: ${victims.length} executions underway`);
    }
  },
};

import { rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { allHoldings, recovered } from "../blow.ts";
import type { Experiment } from "../experiment.ts";

/** Slow, full and lying stores are not in here: that takes a store with a protocol between it and us. */
export const storageAway: Experiment = {
  id: "storage-away",
  title: "the artifact storage is away",
  injects:
    "Puts a file where the folder of the artifacts was, so that nothing can be stored or read, for up to 4 s.",
  trials: 30,
  quickTrials: 4,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 8, mix: ["quick", "pictures", "failing"] },
  async run({ lab, random, trials, record, say }) {
    const away = `${lab.artifacts}-away`;
    for (let trial = 1; trial <= trials; trial++) {
      await delay(random.between(500, 2_000));
      const stages = (await allHoldings(lab.sql)).map(({ stage }) => stage);
      record({ trial, kind: "storage away", at: Date.now(), stages, victims: [] });
      await rename(lab.artifacts, away);
      await writeFile(lab.artifacts, "");
      await delay(random.between(500, 4_000));
      await rm(lab.artifacts);
      await rename(away, lab.artifacts);
      const open = await lab.sql<
        { id: string }[]
      >`select id from execution where finished_at is null or status = 'error'`;
      const known = open.flatMap(({ id }) => lab.ledger.promised.get(id) ?? []);
      // Tried again and again in vain it is an error, and never a failure.
      for (const promised of known)
        promised.expected = [...new Set([...promised.expected, "error" as const])];
      await recovered(
        lab,
        open.map(({ id }) => id),
      );
      say(`${trial} of ${trials}: ${open.length} executions unfinished`);
    }
  },
};

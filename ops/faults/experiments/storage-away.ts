import { rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { allHoldings, mayEndInError } from "../blow.ts";
import type { Experiment } from "../experiment.ts";

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
      say(`${trial} of ${trials}: ${await mayEndInError(lab)} executions unfinished`);
    }
  },
};

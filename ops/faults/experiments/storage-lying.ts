import { setTimeout as delay } from "node:timers/promises";
import { missingReason } from "../../testing/programs.ts";
import { allHoldings, mayEndInError } from "../blow.ts";
import type { Experiment } from "../experiment.ts";
import { Reader } from "../reader.ts";
import { storeFaults } from "../store-proxy.ts";

export const storageLying: Experiment = {
  id: "storage-lying",
  title: "an S3 store that is slow, silent, full or lies",
  injects:
    "A proxy before a real S3 server delays, swallows, refuses, forgets, cuts off or changes every second request for up to 6 s.",
  trials: 36,
  quickTrials: 6,
  lab: { workers: 2, slots: 2, storage: "s3" },
  load: { unfinished: 8, mix: ["quick", "pictures", "failing"] },
  probes: true,
  missing: () => missingReason("radosgw"),
  async run({ lab, load, random, trials, record, say }) {
    const { proxy } = lab.storage;
    if (!proxy) throw new Error("there is no proxy before the store");
    const reader = new Reader(lab, load.clients);
    reader.begin();
    try {
      for (let trial = 1; trial <= trials; trial++) {
        await delay(random.between(500, 2_000));
        const stages = (await allHoldings(lab.sql)).map(({ stage }) => stage);
        const fault = storeFaults[(trial - 1) % storeFaults.length] ?? random.pick(storeFaults);
        record({ trial, kind: `store: ${fault}`, at: Date.now(), stages, victims: [] });
        const before = proxy.spoilt;
        proxy.fault = fault;
        await delay(random.between(2_000, 6_000));
        proxy.fault = null;
        const open = await mayEndInError(lab);
        say(
          `${trial} of ${trials}: ${fault}, ${proxy.spoilt - before} requests spoilt, ${open} executions unfinished`,
        );
      }
    } finally {
      proxy.fault = null;
      await reader.stop();
    }
  },
};

import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { allHoldings, mayEndInError } from "../blow.ts";
import type { Experiment } from "../experiment.ts";
import { noDiskReason } from "../storage.ts";

const chunk = Buffer.alloc(256_000);

export const storageFull: Experiment = {
  id: "storage-full",
  title: "the disk of the artifacts is full",
  injects: "Fills the small disk that the artifacts are on to its last byte, for up to 6 s.",
  trials: 30,
  quickTrials: 4,
  lab: { workers: 2, slots: 2, storage: "disk" },
  load: { unfinished: 8, mix: ["quick", "pictures", "failing"] },
  probes: true,
  missing: noDiskReason,
  claim: {
    title: "no half-written file is left",
    check: async ({ artifacts }) => {
      const names = await readdir(artifacts, { recursive: true });
      const drafts = names.filter((name) => name.endsWith(".draft"));
      return {
        checked: names.length,
        breaks: drafts.map((name) => `${name} was left by a write that failed`),
      };
    },
  },
  async run({ lab, random, trials, record, say }) {
    const ballast = join(lab.artifacts, "ballast");
    for (let trial = 1; trial <= trials; trial++) {
      await delay(random.between(500, 2_000));
      const stages = (await allHoldings(lab.sql)).map(({ stage }) => stage);
      record({ trial, kind: "disk full", at: Date.now(), stages, victims: [] });
      await fill(ballast);
      await delay(random.between(2_000, 6_000));
      await rm(ballast);
      say(`${trial} of ${trials}: ${await mayEndInError(lab)} executions unfinished`);
    }
  },
};

async function fill(path: string): Promise<void> {
  const file = await open(path, "w");
  try {
    for (let size = chunk.byteLength; size > 0; ) {
      const written = await file.write(chunk, 0, size).then(
        ({ bytesWritten }) => bytesWritten,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== "ENOSPC") throw error;
          return 0;
        },
      );
      // To the last byte, also behind a chunk that did not fit.
      if (written < size) size = Math.floor(size / 2);
    }
  } finally {
    await file.close();
  }
}

import { setTimeout as delay } from "node:timers/promises";
import { hitWorker, recovered, victimOf } from "../blow.ts";
import type { Experiment } from "../experiment.ts";

const shiftFile = new URL("../shift-clock.mjs", import.meta.url).href;
const hours = [-26, -3, -1, 1, 3, 26] as const;

export const clockShift: Experiment = {
  id: "clock-shift",
  title: "workers whose clocks are wrong",
  injects:
    "Starts workers whose clock is hours off, and kills them: leases are judged by the database's clock alone.",
  trials: 24,
  quickTrials: 3,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 10 },
  hasWrongClocks: true,
  async run(stand) {
    const { lab, random, trials, say } = stand;
    for (let trial = 1; trial <= trials; trial++) {
      const shift = random.pick(hours);
      const options = `${process.env.NODE_OPTIONS ?? ""} --import ${shiftFile}`;
      await lab.startWorker({ NODE_OPTIONS: options, VERDICT_SHIFT_HOURS: String(shift) });
      await delay(random.between(500, 3_000));
      const worker = victimOf(stand, null);
      const victims = await hitWorker(stand, { trial, worker, moment: null, signal: "SIGKILL" });
      await recovered(lab, victims);
      say(`${trial} of ${trials}: ${shift} hours off`);
    }
  },
};

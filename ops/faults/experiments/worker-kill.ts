import { drawMoment, hitWorker, recovered, victimOf } from "../blow.ts";
import type { Experiment } from "../experiment.ts";

export const workerKill: Experiment = {
  id: "worker-kill",
  title: "kill -9 of a worker",
  injects: "SIGKILL of a worker, at each stage of an execution in turn and at moments drawn by chance.",
  trials: 100,
  quickTrials: 16,
  lab: { workers: 2, slots: 2 },
  load: { unfinished: 10 },
  async run(stand) {
    const { lab, trials, say } = stand;
    for (let trial = 1; trial <= trials; trial++) {
      const moment = await drawMoment(stand, trial);
      const worker = victimOf(stand, moment);
      const victims = await hitWorker(stand, { trial, worker, moment, signal: "SIGKILL" });
      await Promise.all([lab.startWorker(), recovered(lab, victims)]);
      say(`${trial} of ${trials}: ${moment?.stage ?? "by chance"}, ${victims.length} executions hit`);
    }
  },
};

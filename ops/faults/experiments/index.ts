import type { Experiment } from "../experiment.ts";
import { backendTerminated } from "./backend-terminated.ts";
import { cancelAgainstComplete } from "./cancel-against-complete.ts";
import { poisonJob } from "./poison-job.ts";
import { workerKill } from "./worker-kill.ts";

/** Every experiment, the most telling ones first. */
export const experiments: readonly Experiment[] = [
  workerKill,
  cancelAgainstComplete,
  backendTerminated,
  poisonJob,
];

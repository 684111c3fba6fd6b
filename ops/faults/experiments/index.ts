import type { Experiment } from "../experiment.ts";
import { workerKill } from "./worker-kill.ts";

/** Every experiment, the most telling ones first. */
export const experiments: readonly Experiment[] = [workerKill];

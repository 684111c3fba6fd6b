import type { Experiment } from "../experiment.ts";
import { answerLost } from "./answer-lost.ts";
import { apiKill } from "./api-kill.ts";
import { backendTerminated } from "./backend-terminated.ts";
import { browserKill } from "./browser-kill.ts";
import { cancelAgainstComplete } from "./cancel-against-complete.ts";
import { clockShift } from "./clock-shift.ts";
import { duplicateDelivery } from "./duplicate-delivery.ts";
import { everythingKilled } from "./everything-killed.ts";
import { halfOpen } from "./half-open.ts";
import { listenerDropped } from "./listener-dropped.ts";
import { pausedScheduler } from "./paused-scheduler.ts";
import { poisonJob } from "./poison-job.ts";
import { postgresFrozen } from "./postgres-frozen.ts";
import { postgresRestart } from "./postgres-restart.ts";
import { redisAway } from "./redis-away.ts";
import { rollingRestart } from "./rolling-restart.ts";
import { storageAway } from "./storage-away.ts";
import { storageFull } from "./storage-full.ts";
import { storageLying } from "./storage-lying.ts";
import { workerKill } from "./worker-kill.ts";
import { workerStop } from "./worker-stop.ts";

/** Every experiment, the most telling ones first. */
export const experiments: readonly Experiment[] = [
  workerKill,
  workerStop,
  postgresRestart,
  postgresFrozen,
  cancelAgainstComplete,
  rollingRestart,
  apiKill,
  answerLost,
  browserKill,
  backendTerminated,
  listenerDropped,
  halfOpen,
  everythingKilled,
  poisonJob,
  duplicateDelivery,
  redisAway,
  storageAway,
  storageFull,
  storageLying,
  pausedScheduler,
  clockShift,
];

/** Everything outside of the process that is asked for something, but for PostgreSQL, which has ways of its own. */
export const dependencies = [
  "storage",
  "redis",
  "model",
  "mail",
  "webhook",
  "remote-browser",
  "sign-on",
] as const;
export type Dependency = (typeof dependencies)[number];

/** How a dependency is asked. */
export type CallPolicy = {
  /** One try. */
  tryMs: number;
  /** All of a call: waiting for a place, the tries, the pauses between them. */
  totalMs: number;
  /** Tries of a call that may be repeated. */
  triesMax: number;
  /** About so long before the second try; grows, with jitter, up to the other. */
  pauseMs: number;
  pauseMsMax: number;
  /** Calls at once, and calls that wait for a place; what comes then is refused. */
  atOnceMax: number;
  waitingMax: number;
  /** So many failures one after the other open the breaker: for so long nothing is asked, then one call as a trial. */
  failuresMax: number;
  /** Doubles with each trial that fails, up to the other. */
  openMs: number;
  openMsMax: number;
};

export const policies: Record<Dependency, CallPolicy> = {
  storage: {
    tryMs: 5_000,
    totalMs: 15_000,
    triesMax: 4,
    pauseMs: 100,
    pauseMsMax: 2_000,
    atOnceMax: 16,
    waitingMax: 256,
    failuresMax: 6,
    openMs: 1_000,
    openMsMax: 15_000,
  },
  // Who asks goes on without it, so it is never worth waiting for.
  redis: {
    tryMs: 1_000,
    totalMs: 1_500,
    triesMax: 1,
    pauseMs: 50,
    pauseMsMax: 100,
    atOnceMax: 256,
    waitingMax: 256,
    failuresMax: 5,
    openMs: 1_000,
    openMsMax: 10_000,
  },
  model: {
    tryMs: 20_000,
    totalMs: 45_000,
    triesMax: 2,
    pauseMs: 500,
    pauseMsMax: 4_000,
    atOnceMax: 4,
    waitingMax: 32,
    failuresMax: 5,
    openMs: 5_000,
    openMsMax: 60_000,
  },
  // Mail and webhooks are sent by jobs: the job is what tries again, over hours.
  mail: {
    tryMs: 15_000,
    totalMs: 20_000,
    triesMax: 1,
    pauseMs: 500,
    pauseMsMax: 2_000,
    atOnceMax: 2,
    waitingMax: 100,
    failuresMax: 5,
    openMs: 5_000,
    openMsMax: 60_000,
  },
  webhook: {
    tryMs: 10_000,
    totalMs: 12_000,
    triesMax: 1,
    pauseMs: 500,
    pauseMsMax: 2_000,
    atOnceMax: 4,
    waitingMax: 50,
    failuresMax: 5,
    openMs: 5_000,
    openMsMax: 60_000,
  },
  "remote-browser": {
    tryMs: 15_000,
    totalMs: 30_000,
    triesMax: 2,
    pauseMs: 500,
    pauseMsMax: 2_000,
    atOnceMax: 8,
    waitingMax: 64,
    failuresMax: 3,
    openMs: 2_000,
    openMsMax: 30_000,
  },
  // Somebody waits for the page, which is answered within 4 s; whoever has a password goes on without it.
  "sign-on": {
    tryMs: 2_000,
    totalMs: 2_800,
    triesMax: 2,
    pauseMs: 100,
    pauseMsMax: 300,
    atOnceMax: 16,
    waitingMax: 64,
    failuresMax: 5,
    openMs: 2_000,
    openMsMax: 30_000,
  },
};

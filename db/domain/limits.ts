/** Every bound of the product that is not configuration, in one place. Units are in the names. */
export const limits = {
  // Waiting, per step. One deadline covers locating, actionability and the act itself.
  actionTimeoutMs: 10_000,
  assertionTimeoutMs: 5_000,
  navigationTimeoutMs: 30_000,
  stepTimeoutMsMax: 300_000,
  attemptTimeoutMs: 600_000,

  // Sizes of what people write.
  stepsPerCaseMax: 500,
  /** How deep steps stand inside of other steps; 1 is a test case without conditions and loops. */
  stepDepthMax: 5,
  groupsPerProjectMax: 500,
  groupParametersMax: 50,
  locatorsPerTargetMax: 10,
  textBytesMax: 20_000,
  casesPerSuiteMax: 1_000,
  executionsPerRunMax: 5_000,
  attemptsPerExecutionMax: 5,
  uploadBytesMax: 10_000_000,
  inputErrorsMax: 100,
  yamlBytesMax: 1_000_000,
  yamlAliasesMax: 100,
  recordingBytesMax: 5_000_000,

  // What loops and calls may do. A step of a loop counts each time it is run.
  repeatTimesMax: 1_000,
  repeatTimesDefault: 100,
  groupCallDepthMax: 10,
  stepsExecutedMax: 2_000,

  // Sizes of what an attempt may produce.
  eventsPerAttemptMax: 10_000,
  eventTextCharsMax: 4_000,
  artifactBytesMax: 25_000_000,
  artifactsPerAttemptMax: 1_000,
  downloadsPerAttemptMax: 20,
  downloadBytesMax: 25_000_000,
  savedStateBytesMax: 1_000_000,
  pagesPerAttemptMax: 8,

  // Pages of lists.
  pageSizeDefault: 50,
  pageSizeMax: 200,

  // Jobs. The lease is judged on the database's clock.
  leaseMs: 15_000,
  heartbeatMs: 5_000,
  sweepMs: 500,
  pollMs: 1_000,
  /** From when a worker's lock is seen free until it counts as dead: a connection that broke is back by then. */
  unlockedMs: 500,
  /** After a start of the database server every worker has to come back first. */
  reconnectMs: 5_000,
  /** After that the server ends a transaction whose process says nothing: well before a lease ends. */
  idleInTransactionMs: 10_000,
  /** Keys that a claim looks at, at most, before it gives the rest another turn. */
  turnsMax: 1_000,
  /** Claim ahead no more than what is done within `prefetchMs`. */
  prefetchMs: 20,
  /** Light jobs at once, per worker. */
  lightJobsMax: 10,
  crashesMax: 3,
  interruptionsMax: 20,

  // Sessions and tokens.
  accessTokenMs: 15 * 60_000,
  refreshTokenMs: 7 * 24 * 3_600_000,
  sessionMs: 14 * 24 * 3_600_000,
  socketTicketMs: 30_000,
  idempotencyMs: 24 * 3_600_000,
  passwordCharsMin: 8,
  passwordCharsMax: 256,

  // Requests a principal may make.
  signInPerMinute: 5,
  apiPerMinute: 100,
} as const;

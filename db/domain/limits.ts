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
  viewportsPerSuiteMax: 10,
  executionsPerRunMax: 5_000,
  /** How often one execution is repeated at once, to see how often it fails. */
  repetitionsMax: 50,
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
  /** Of one check for accessibility: pictures of elements that violate a rule. */
  accessibilityPicturesMax: 10,
  /** Of the recorded documents of one attempt, before they are compressed. */
  replayCharsMax: 32_000_000,
  /** Of the pictures of a film; the fuller it is, the fewer are kept of each second. */
  filmBytesMax: 20_000_000,
  filmFps: 8,
  /** What making a film may take. */
  encodeMsMax: 120_000,
  /** How long the log of an execution is kept, unless the installation says otherwise. */
  logDays: 90,
  logDaysMax: 400,
  /** Of a picture that is compared. */
  snapshotPixelsMax: 16_000_000,
  /** Elements that are painted over in one. */
  snapshotMasksMax: 1_000,
  /** Pictures that are approved in one go. */
  snapshotsApprovedMax: 500,
  downloadsPerAttemptMax: 20,
  downloadBytesMax: 25_000_000,
  savedStateBytesMax: 1_000_000,
  pagesPerAttemptMax: 8,
  /** Tabs beyond those are closed as they open; of a page that opens more than so many of them, no good is to be expected. */
  tabsRefusedMax: 100,
  dialogsPerAttemptMax: 1_000,
  /** What its pages may write to their consoles, whatever of it is kept. */
  consoleLinesMax: 20_000,
  consoleCharsMax: 50_000_000,
  /** Of the process of one page, beyond what it shares with others. */
  pageMemoryBytesMax: 2_000_000_000,

  // What an attempt may take of the network where all of it goes through the egress proxy.
  egressEntriesMax: 50,
  egressConnectionsMax: 256,
  egressBytesMax: 2_000_000_000,
  egressHeaderBytesMax: 65_536,
  egressLookupMs: 5_000,
  egressLookupsWaitingMax: 200,
  egressConnectMs: 10_000,
  /** Of a connection over which nothing goes. */
  egressIdleMs: 300_000,

  // Waiting for PostgreSQL. Whoever waits for a request is answered within 5 s, whatever is away, on a busy machine too.
  /** Of one statement, by the server; where a person waits. */
  statementMs: 30_000,
  askedStatementMs: 3_500,
  /** From when this side gives up on a statement that the server should have ended by then. */
  silenceMs: 5_000,
  askedSilenceMs: 250,
  /** Of a request, until its answer begins. */
  answerMs: 4_000,

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
  /** Films are made one at a time, so that tests keep the processor. */
  mediaJobsMax: 1,
  /** Counts of jobs go no further: beyond it only that there are more matters. */
  depthMax: 10_000,
  /** Dead letters that one request deals with, at most. */
  bulkJobsMax: 500,
  /** What a job may leave behind as its result, as JSON; and say about its progress, no more often than this. */
  jobResultBytesMax: 8_000,
  progressCharsMax: 200,
  progressMs: 1_000,
  crashesMax: 3,
  interruptionsMax: 20,

  // Schedules.
  schedulesPerProjectMax: 500,
  /** A tick that is fired later than this was missed. */
  tickGraceMs: 5 * 60_000,
  /** Of missed ticks that are all to be made up for: so many runs at the most. */
  catchUpTicksMax: 20,
  missedTicksCounted: 1_000,
  /** From when a tick that could not be started by trouble of ours counts as failed; until then it is tried again. */
  tickRetryMs: 10 * 60_000,

  // Sessions and tokens.
  accessTokenMs: 15 * 60_000,
  refreshTokenMs: 7 * 24 * 3_600_000,
  sessionMs: 14 * 24 * 3_600_000,
  socketTicketMs: 30_000,
  invitationMs: 7 * 24 * 3_600_000,
  idempotencyMs: 24 * 3_600_000,
  /** How long a request waits for the first one with its key. */
  keyWaitMs: 3_000,
  /** Since somebody proved who they are, for what would let a thief stay. */
  confirmedMs: 10 * 60_000,
  /** A session ends then, however much it is used. */
  sessionMsMax: 90 * 24 * 3_600_000,
  /** How exactly it is known when a session was last used. */
  usedEveryMs: 60_000,
  passwordCharsMin: 8,
  passwordCharsMax: 256,

  // One-time codes.
  codePeriodMs: 30_000,
  recoveryCodes: 10,
  /** Wrong codes one after the other, from wherever, after which none is taken for a while. */
  codeFailuresMax: 10,
  codePauseMs: 15 * 60_000,
  /** Between the password and the code. */
  challengeMs: 5 * 60_000,

  // Single sign-on.
  /** From the button until the browser is back from the provider. */
  signOnMs: 10 * 60_000,
  /** All that is asked of the provider while a browser waits. */
  signOnAnswerMs: 3_200,
  /** For so long what the provider says of itself is believed. */
  signOnMetadataMs: 60 * 60_000,
  signOnAnswerBytesMax: 1_000_000,
  /** How old a proof at the provider may be where a fresh one was asked for. */
  signOnFreshSeconds: 300,

  // Personal API tokens.
  apiTokensPerUserMax: 50,
  apiTokenDaysMax: 365,

  // Mail, and what the links in it are good for.
  resetLinkMs: 30 * 60_000,
  registerLinkMs: 24 * 3_600_000,
  /** Links that are sent to one address in an hour; what is asked for beyond is not sent. */
  linksPerHour: 5,
  mailDays: 7,

  // Audit.
  auditExportMax: 100_000,
  auditExportPage: 500,
  /** How long it is kept where the plan of the organization says nothing, and of what belongs to no organization. */
  auditDays: 365,
  auditForgottenAtOnce: 5_000,

  // Results that a plan keeps no longer.
  /** Executions or runs in one statement: each may have thousands of events. */
  resultsExpiredAtOnce: 20,
  /** Executions in one transaction, of which one audit entry tells. */
  resultsExpiredPerEntry: 500,
  /** Of the housekeeping of an hour; and the same for stored files. */
  expireMs: 15_000,
  /** Since a stored object lost a row, and since it was last put; longer than any attempt. */
  fileUnusedMs: 24 * 3_600_000,
  filesDeletedAtOnce: 200,

  // Requests a principal may make.
  signInPerMinute: 5,
  /** Links in mails, from one address of the network, whoever they are for. */
  linksPerMinute: 10,
  apiPerMinute: 100,
  uploadsPerHour: 20,
  /** From one address of the network, there and back counted apart: a whole office may stand behind it. */
  signOnPerMinute: 60,
} as const;

/** The bounds of live updates, in one place. */
export const liveBounds = {
  /** How often topics that somebody watches are read without a hint. */
  pollMs: 2_000,
  /** Events read, and kept for those who keep up, at once. */
  pageSize: 200,
  /** Newest states are sent at most this often. */
  runIntervalMs: 250,
  projectIntervalMs: 1_000,
  projectRuns: 20,
  /** Pages that one process shows at once. */
  viewsMax: 200,

  subscriptionsMax: 50,
  messageBytesMax: 64_000,
  /** Messages of one client that wait to be worked on. */
  messagesWaitingMax: 100,
  socketsPerUserMax: 20,
  socketsMax: 5_000,

  /** What may wait in a socket before nothing more is read for it. */
  bufferedBytesMax: 1_000_000,
  drainCheckMs: 100,
  /** A socket that takes nothing for this long is closed. */
  stalledMs: 30_000,
  /** And cut off when it does not even take the goodbye. */
  goodbyeMs: 5_000,
  /** How often rights are looked at again. */
  recheckMs: 45_000,
} as const;

/** The same with other figures, for tests. */
export type LiveBounds = { [K in keyof typeof liveBounds]: number };

/** What is kept of the tries of a job that did not end it. */

/** `failed`: by an error of ours. `lost`: with its worker. `interrupted`: its worker stopped. `snoozed`: it asked for later. */
export const tryEnds = ["failed", "lost", "interrupted", "snoozed"] as const;
export type TryEnd = (typeof tryEnds)[number];

/** As it stands in the row's `history`, the oldest first. */
export type JobTry = {
  /** The how manieth claim it was. */
  attempt: number;
  how: TryEnd;
  claimedAt: string | null;
  endedAt: string;
  workerId: string | null;
  /** Its name at that time; a worker that has left is not in any list. */
  worker: string | null;
  /** The beginning of the lease token that it was done under. */
  fence: string | null;
  error: string | null;
};

/** Tries kept of one job, the last ones, and characters of each one's error: so a row stays small whatever happens to it. */
export const triesMax = 12;
export const tryErrorCharsMax = 400;

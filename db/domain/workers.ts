// What workers are told, and why a job that none of them takes has to wait.

/**
 * `active`: takes jobs. `quiet`: takes nothing new and keeps running. `draining`: the same, and stops when what it has is
 * done. `quarantined`: quiet because something is wrong with it, by its own finding or a person's.
 */
export const workerModes = ["active", "quiet", "draining", "quarantined"] as const;
export type WorkerMode = (typeof workerModes)[number];

/** `lost`: it has given no sign of life for a lease. */
export const workerStates = [...workerModes, "lost"] as const;
export type WorkerState = (typeof workerStates)[number];

/** What a worker does not claim although it is active, by its own finding: its version, its memory. */
export const workerRefusals = ["nothing", "executions", "everything"] as const;
export type WorkerRefusal = (typeof workerRefusals)[number];

/** What is to be known of a worker to tell whether it can take a job. */
export type WorkerAbility = {
  state: WorkerState;
  browsers: readonly string[];
  refuses: WorkerRefusal;
  /** Why; null when it refuses nothing. */
  refusal: string | null;
};

/**
 * Why no worker takes jobs that need `browser` (null: nothing in particular), in one sentence; null when one can.
 * @param waiting how many such jobs wait; left out where it is about one.
 */
export function whyNobody(
  workers: readonly WorkerAbility[],
  browser: string | null,
  waiting: number | null = null,
): string | null {
  const live = workers.filter(({ state }) => state !== "lost");
  const able = browser === null ? live : live.filter(({ browsers }) => browsers.includes(browser));
  if (able.some((worker) => isTaking(worker, browser))) return null;
  const count = waiting === null ? "" : `${waiting.toLocaleString("en-US")} waiting, `;
  if (live.length === 0) return `${count}no worker is connected`;
  if (able.length === 0) return `${count}0 workers have ${browser}`;
  const isOne = able.length === 1;
  const have =
    browser === null ? `${isOne ? "is" : "are"} connected` : `${isOne ? "has" : "have"} ${browser}`;
  return `${count}${isOne ? "1 worker" : `${able.length} workers`} ${have}, ${reasonsOf(able)}`;
}

/** Whether it takes jobs now that need this browser (null: nothing in particular). */
export function isTaking({ state, refuses, browsers }: WorkerAbility, browser: string | null): boolean {
  if (state !== "active" || refuses === "everything") return false;
  return browser === null || (refuses === "nothing" && browsers.includes(browser));
}

/** "all quiet", or "2 quiet, 1 refusing: its memory is short". */
function reasonsOf(workers: readonly WorkerAbility[]): string {
  const counts = new Map<string, number>();
  for (const { state, refusal } of workers) {
    const reason = state === "active" ? `refusing: ${refusal}` : state;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const [only] = counts.keys();
  if (counts.size === 1) return workers.length === 1 ? `which is ${only}` : `all ${only}`;
  return [...counts].map(([reason, count]) => `${count} ${reason}`).join(", ");
}

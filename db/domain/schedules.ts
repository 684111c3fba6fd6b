import { isEveryHour, nextWallTime, openCron, type WallCron } from "./cron.ts";
import { limits } from "./limits.ts";
import { instantOf, offsetChange, offsetMs } from "./time-zones.ts";

/**
 * When a schedule is due. Where clocks are put forward or back:
 * - an expression that names hours means times of the day: one that the clocks skip comes once, at the moment of the change;
 *   one that they show twice comes once, the first time;
 * - one of every hour means a distance: it goes on through the change, with nothing left out and nothing doubled.
 */
export type Timing = { cron: string; timeZone: string };

/**
 * What becomes of ticks that nobody could fire in time: `skip` runs only what is due now, `once` runs one for all of them,
 * `all` runs each, the newest `limits.catchUpTicksMax`.
 */
export const missedPolicies = ["skip", "once", "all"] as const;
export type MissedPolicy = (typeof missedPolicies)[number];

/**
 * What becomes of a tick while the run of the last tick that started one goes on: `start` runs beside it, `skip` does
 * nothing, `queue` waits for its end (one tick at the most, later ones are skipped), `stop` stops it and waits for its end.
 */
export const overlapPolicies = ["start", "skip", "queue", "stop"] as const;
export type OverlapPolicy = (typeof overlapPolicies)[number];

const changesMax = 100;
const repeatedMax = 2_000;

/** The first tick after an instant. @throws Error when the expression is not right or never comes; `cronFault` refuses those. */
export function nextTick(timing: Timing, after: Date): Date {
  const cron = openCron(timing.cron);
  const next = isEveryHour(timing.cron) ? nextByDistance : nextByTimeOfDay;
  const at = next(cron, timing.timeZone, after.getTime());
  if (at === null)
    throw new Error(`"${timing.cron}" in ${timing.timeZone} has no tick after ${after.toISOString()}`);
  return new Date(at);
}

/** The next `count` ticks after an instant. */
export function nextTicks(timing: Timing, after: Date, count: number): Date[] {
  const ticks: Date[] = [];
  for (let from = after; ticks.length < count; ) {
    from = nextTick(timing, from);
    ticks.push(from);
  }
  return ticks;
}

function nextByTimeOfDay(cron: WallCron, timeZone: string, afterMs: number): number | null {
  let wallMs: number | null = afterMs + offsetMs(timeZone, afterMs);
  // While the clocks show an hour again, times of its first turn come up that are over.
  for (let turn = 0; turn < repeatedMax; turn++) {
    wallMs = nextWallTime(cron, wallMs);
    if (wallMs === null) return null;
    const atMs = instantOf(timeZone, wallMs);
    if (atMs > afterMs) return atMs;
  }
  return null;
}

function nextByDistance(cron: WallCron, timeZone: string, afterMs: number): number | null {
  let fromMs = afterMs;
  let offset = offsetMs(timeZone, fromMs);
  let shownMs = fromMs + offset;
  for (let turn = 0; turn < changesMax; turn++) {
    const wallMs = nextWallTime(cron, shownMs);
    if (wallMs === null) return null;
    const atMs = wallMs - offset;
    if (offsetMs(timeZone, atMs) === offset) return atMs;
    // The clocks change on the way: go on with what they show from then on, that moment included.
    fromMs = offsetChange(timeZone, fromMs, atMs);
    offset = offsetMs(timeZone, fromMs);
    shownMs = fromMs + offset - 1;
  }
  return null;
}

/** Ticks that were passed over: from the first to the last, and how many, counted up to `limits.missedTicksCounted`. */
export type MissedTicks = { from: Date; to: Date; count: number };

export type DuePlan = {
  missed: MissedTicks | null;
  /** The tick to fire now. */
  fire: Date | null;
  /** The tick after that; not later than `now` when more are to be fired. */
  nextAt: Date;
};

/**
 * What to do about a schedule whose next tick has come.
 * @param nextAt the tick that was announced: it counts even where the timing or the rules of the zone have changed since.
 */
export function planDue(timing: Timing, policy: MissedPolicy, nextAt: Date, now: Date): DuePlan {
  const after = nextTick(timing, now);
  const keep = policy === "all" ? limits.catchUpTicksMax : 1;
  const { newest, count } = dueTicks(timing, nextAt, now, keep);
  const [first = nextAt] = newest;
  if (policy === "skip" && now.getTime() - first.getTime() > limits.tickGraceMs) {
    return { missed: { from: nextAt, to: first, count }, fire: null, nextAt: after };
  }
  const earlier = count - newest.length;
  const missed = earlier > 0 ? { from: nextAt, to: lastBefore(timing, nextAt, first), count: earlier } : null;
  return { missed, fire: first, nextAt: newest[1] ?? after };
}

/** Everything that has come and is not going to be fired. */
export function missedTicks(timing: Timing, nextAt: Date, now: Date): MissedTicks {
  const { newest, count } = dueTicks(timing, nextAt, now, 1);
  return { from: nextAt, to: newest[0] ?? nextAt, count };
}

/** The newest `keep` of the ticks from the announced one until now, and how many there are in all, up to a bound. */
function dueTicks(timing: Timing, nextAt: Date, now: Date, keep: number): { newest: Date[]; count: number } {
  const ticks = [nextAt];
  while (ticks.length < limits.missedTicksCounted) {
    const tick = nextTick(timing, ticks.at(-1) ?? now);
    if (tick > now) return { newest: ticks.slice(-keep), count: ticks.length };
    ticks.push(tick);
  }
  return { newest: newestTicks(timing, nextAt, now, keep), count: ticks.length };
}

/** The newest ticks up to an instant: looks back over more and more time until there are enough. */
function newestTicks(timing: Timing, nextAt: Date, until: Date, keep: number): Date[] {
  for (let backMs = 3_600_000; ; backMs *= 4) {
    const from = new Date(Math.max(until.getTime() - backMs, nextAt.getTime() - 1));
    const ticks: Date[] = [];
    for (let tick = nextTick(timing, from); tick <= until; tick = nextTick(timing, tick)) ticks.push(tick);
    if (ticks.length >= keep || from < nextAt) return ticks.slice(-keep);
  }
}

function lastBefore(timing: Timing, nextAt: Date, tick: Date): Date {
  return newestTicks(timing, nextAt, new Date(tick.getTime() - 1), 1)[0] ?? nextAt;
}

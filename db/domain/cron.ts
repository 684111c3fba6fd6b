import { Cron } from "croner";
import { messageOf } from "./errors.ts";

/** Cron expressions of five fields: what is taken, and which times of a wall clock they name. */

const shorthands: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

const fields = [
  { name: "minute", right: "0 to 59" },
  { name: "hour", right: "0 to 23" },
  { name: "day of the month", right: "1 to 31, L for the last, 15W for the working day next to the 15th" },
  { name: "month", right: "1 to 12 or JAN to DEC" },
  {
    name: "day of the week",
    right: "0 to 7 (0 and 7 are Sunday) or SUN to SAT, FRI#2 for the second Friday",
  },
] as const;

const example = "such as 30 2 * * 1-5 for 02:30 from Monday to Friday";
const fieldNames = fields.map(({ name }) => name).join(", ");

/** One way to write an expression: five fields, single spaces, capitals. Says nothing about whether it is right. */
export function normalizedCron(text: string): string {
  const trimmed = text.trim().replace(/\s+/g, " ");
  return shorthands[trimmed.toLowerCase()] ?? trimmed.toUpperCase();
}

/** What is wrong with an expression, and what would be right; null when it can be used. */
export function cronFault(text: string): string | null {
  const cron = normalizedCron(text);
  if (cron === "") return `must not be empty; five fields are needed (${fieldNames}), ${example}`;
  if (cron.startsWith("@")) {
    return `"${text.trim()}" is no known shorthand; there are ${Object.keys(shorthands).join(", ")}, or five fields, ${example}`;
  }
  const parts = cron.split(" ");
  if (parts.length === 6 || parts.length === 7) {
    return `has ${parts.length} fields, as with seconds; a schedule is due at most once a minute, so five are needed (${fieldNames}), ${example}`;
  }
  if (parts.length !== 5) {
    return `has ${parts.length === 1 ? "1 field" : `${parts.length} fields`}; five are needed (${fieldNames}), ${example}`;
  }
  return faultOfFields(parts) ?? faultOfAll(cron);
}

/** The first field that can't stand, tried with nothing beside it. */
function faultOfFields(parts: readonly string[]): string | null {
  for (const [index, part] of parts.entries()) {
    const field = fields[index];
    const alone = fields.map((_, at) => (at === index ? part : "*")).join(" ");
    if (!field || complaintOf(alone) === null) continue;
    return `${field.name} "${part}" is not right: ${field.right}; * for every, a list 1,15, a range 1-5 (upwards), a step */10 or 1-9/2`;
  }
  return null;
}

function faultOfAll(cron: string): string | null {
  const complaint = complaintOf(cron);
  if (complaint !== null) return `"${cron}" is not right: ${complaint}; write it ${example}`;
  // Leap days come every eight years at the most.
  if (nextWallTime(openCron(cron), Date.UTC(2096, 2, 1)) === null) {
    return `"${cron}" never comes: none of these months has such a day`;
  }
  return null;
}

function complaintOf(cron: string): string | null {
  try {
    openCron(cron);
    return null;
  } catch (error) {
    return messageOf(error).replace(/^CronPattern: /, "");
  }
}

export type WallCron = Cron<undefined>;

/**
 * The expression on a clock that is never put back or forward: what such a clock shows where is `db/domain/schedules.ts`.
 * @throws TypeError when it is not right; see `cronFault`.
 */
export function openCron(cron: string): WallCron {
  return new Cron(cron, { mode: "5-part", utcOffset: 0, paused: true });
}

/** The next time of the wall clock after `wallMs`, both in milliseconds as if they were UTC; null when there is none. */
export function nextWallTime(cron: WallCron, wallMs: number): number | null {
  return cron.nextRun(new Date(wallMs))?.getTime() ?? null;
}

/** Whether it goes on through every hour of a day, so that it is meant as a distance and not as a time of the day. */
export function isEveryHour(cron: string): boolean {
  return /^(\*|\?|\*\/1|0-23)$/.test(normalizedCron(cron).split(" ")[1] ?? "");
}

import { normalizedCron } from "./cron.ts";

/** A cron expression in plain English, for the shapes that people write; any other is shown as it is. */
export function cronText(text: string): string {
  const cron = normalizedCron(text);
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = cron.split(" ");
  const time = timeText(minute, hour);
  const days = daysText(day, month, weekday);
  if (time === null || days === null) return cron;
  if (time.isDistance) return days === "" ? time.text : `${time.text}, ${days}`;
  return days === "" ? `every day ${time.text}` : `${days} ${time.text}`;
}

/** A step as its distance, a list as its members; null for what has no plain words. */
type Field = { every: number } | { values: number[] } | { from: number; to: number } | null;

function read(part: string, size: number, number: (text: string) => number = Number): Field {
  if (part === "*" || part === "?") return { every: 1 };
  const step = /^\*\/(\d+)$/.exec(part);
  // A step that does not go into the whole begins anew and has no one distance.
  if (step) return size % Number(step[1]) === 0 ? { every: Number(step[1]) } : null;
  const [from = "", to, ...rest] = part.split("-");
  if (to !== undefined) {
    const range = { from: number(from), to: number(to) };
    return rest.length > 0 || Number.isNaN(range.from) || Number.isNaN(range.to) ? null : range;
  }
  const values = part.split(",").map(number);
  return values.some(Number.isNaN) ? null : { values: [...new Set(values)].sort((a, b) => a - b) };
}

type TimeText = { text: string; isDistance: boolean } | null;

function timeText(minutePart: string, hourPart: string): TimeText {
  const minute = read(minutePart, 60);
  const hour = read(hourPart, 24);
  if (!minute || !hour || "from" in minute) return null;
  if ("every" in minute) return distanceText(minute.every, hour);
  const [first = 0, ...others] = minute.values;
  if ("values" in hour) {
    const times = hour.values.flatMap((h) => minute.values.map((m) => clock(h, m)));
    return times.length > 6 ? null : { text: `at ${list(times)}`, isDistance: false };
  }
  if (others.length > 0) {
    const past = list(minute.values.map(String));
    return "every" in hour && hour.every === 1
      ? { text: `every hour at minutes ${past}`, isDistance: true }
      : null;
  }
  if ("from" in hour)
    return {
      text: `every hour from ${clock(hour.from, first)} to ${clock(hour.to, first)}`,
      isDistance: true,
    };
  const past = first === 0 ? "on the hour" : `at minute ${first}`;
  return {
    text: hour.every === 1 ? `every hour ${past}` : `every ${hour.every} hours ${past}`,
    isDistance: true,
  };
}

function distanceText(minutes: number, hour: Exclude<Field, null>): TimeText {
  const text = minutes === 1 ? "every minute" : `every ${minutes} minutes`;
  if ("every" in hour) return hour.every === 1 ? { text, isDistance: true } : null;
  const [from, to] = "from" in hour ? [hour.from, hour.to] : [hour.values[0] ?? 0, hour.values.at(-1) ?? 0];
  if ("values" in hour && hour.values.length > 1) return null;
  return { text: `${text} from ${clock(from, 0)} to ${clock(to, 60 - minutes)}`, isDistance: true };
}

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Empty for every day; null where both kinds of day are named, which means either of them and is better read as it stands. */
function daysText(day: string, month: string, weekday: string): string | null {
  const inMonths = monthsText(month);
  if (inMonths === null) return null;
  const isAnyDay = day === "*" || day === "?";
  const isAnyWeekday = weekday === "*" || weekday === "?";
  if (isAnyDay && isAnyWeekday) return inMonths === "" ? "" : `every day${inMonths}`;
  if (isAnyDay) {
    const text = weekdaysText(weekday);
    return text === null ? null : `${text}${inMonths}`;
  }
  if (!isAnyWeekday) return null;
  const days = dayText(day);
  return days === null
    ? null
    : `${days} of ${inMonths === "" ? "every month" : inMonths.replace(/^ in /, "")}`;
}

function weekdaysText(part: string): string | null {
  const field = read(part, 7, (text) => numberOf(text, weekdays, 0));
  if (!field || "every" in field) return null;
  const name = (number: number) => weekdays[number % 7] ?? "";
  if ("from" in field) return `${name(field.from)} to ${name(field.to)}`;
  return `every ${list([...new Set(field.values.map(name))])}`;
}

function monthsText(part: string): string | null {
  const field = read(part, 12, (text) => numberOf(text, months, 1));
  if (!field) return null;
  const name = (number: number) => months[number - 1] ?? "";
  if ("from" in field) return ` in ${name(field.from)} to ${name(field.to)}`;
  if ("values" in field) return ` in ${list(field.values.map(name))}`;
  return field.every === 1 ? "" : null;
}

function dayText(part: string): string | null {
  if (part === "L") return "on the last day";
  const field = read(part, 31);
  if (!field || "every" in field) return null;
  if ("from" in field) return `on the ${ordinal(field.from)} to the ${ordinal(field.to)}`;
  return `on the ${list(field.values.map(ordinal))}`;
}

/** By number or by the first three letters of its name. */
function numberOf(text: string, names: readonly string[], first: number): number {
  if (/^\d+$/.test(text)) return Number(text);
  const index = names.findIndex((name) => name.slice(0, 3).toUpperCase() === text);
  return index < 0 ? Number.NaN : index + first;
}

function ordinal(number: number): string {
  const teen = number % 100 >= 11 && number % 100 <= 13;
  return `${number}${teen ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th")}`;
}

function clock(hour: number, minute: number): string {
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

function list(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

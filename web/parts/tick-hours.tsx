import { type TickHour, type TickResult, tickResults } from "../../db/domain/schedule-resources.ts";
import { formatShare, formatZoned, plural } from "./figures.ts";
import { Icon, type IconName } from "./icon.tsx";
import type { Tone } from "./status.tsx";

const cell = 10;
const gap = 2;
const height = 24;

/** The worst first: an hour is shown as its worst. How tall it is says the same as its colour. */
const looks = {
  error: ["error", "error", "error", 24],
  failed: ["failed", "failed", "failed", 24],
  flaky: ["flaky", "flaky", "flaky", 20],
  missed: ["quiet", "skipped", "missed", 12],
  open: ["running", "running", "going on or waiting", 8],
  passed: ["passed", "passed", "passed", 16],
  none: ["quiet", "cancelled", "without a result", 6],
} as const satisfies Record<TickResult, readonly [Tone, IconName, string, number]>;
const worstFirst = Object.keys(looks) as TickResult[];

type Props = { hours: readonly TickHour[]; timeZone: string; label: string };

/** A cell for each of the last 24 hours, of what the ticks of that hour came to. */
export function TickHours({ hours, timeZone, label }: Props) {
  return (
    <svg
      class="tick-hours"
      viewBox={`0 0 ${hours.length * (cell + gap) - gap} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}: ${wordsOf(sumOf(hours)) || "no tick"}`}
    >
      {hours.map((hour, index) => (
        <Hour hour={hour} x={index * (cell + gap)} timeZone={timeZone} />
      ))}
    </svg>
  );
}

function Hour({ hour, x, timeZone }: { hour: TickHour; x: number; timeZone: string }) {
  const worst = worstFirst.find((result) => hour[result] > 0);
  const tall = worst ? looks[worst][3] : 0;
  return (
    <g>
      <title>{`${formatZoned(new Date(hour.from), timeZone)}: ${wordsOf(hour) || "no tick"}`}</title>
      <rect class="tick-hour-room" x={x} y="0" width={cell} height={height} rx="1" />
      {worst ? (
        <rect class={`t-${looks[worst][0]}`} x={x} y={height - tall} width={cell} height={tall} rx="1" />
      ) : null}
    </g>
  );
}

/** The row, larger, with its legend and the table behind it. */
export function TickDay({ hours, timeZone }: Omit<Props, "label">) {
  const sum = sumOf(hours);
  const ended = sum.passed + sum.flaky + sum.failed + sum.error;
  return (
    <figure class="chart">
      <figcaption class="chart-legend">
        {worstFirst
          .filter((result) => sum[result] > 0)
          .map((result) => (
            <span class={`status t-${looks[result][0]}`}>
              <Icon name={looks[result][1]} />
              {sum[result]} {looks[result][2]}
            </span>
          ))}
        <span class="dim">
          {ended > 0
            ? `${formatShare((sum.passed + sum.flaky) / ended)} of what ended passed; each hour as its worst`
            : "nothing has ended in the last 24 hours"}
        </span>
      </figcaption>
      <TickHours hours={hours} timeZone={timeZone} label="Ticks of the last 24 hours" />
      <div class="chart-axis">
        <span>{hours[0] ? formatZoned(new Date(hours[0].from), timeZone) : null}</span>
        <span>now</span>
      </div>
      <details class="more" id="tick-hours-table" data-keep-open>
        <summary>
          <Icon name="expand" />
          Table
        </summary>
        <HoursTable hours={hours} timeZone={timeZone} />
      </details>
    </figure>
  );
}

function HoursTable({ hours, timeZone }: Omit<Props, "label">) {
  const told = hours.filter((hour) => wordsOf(hour) !== "");
  if (told.length === 0) return <p class="hint">No tick in the last 24 hours.</p>;
  return (
    <section class="scroll chart-table" aria-label="Ticks by hour" tabindex={0}>
      <table class="list">
        <caption class="sr">What became of the ticks of each hour, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            {tickResults.map((result) => (
              <th scope="col" class="num">
                {titles[result]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {told.toReversed().map((hour) => (
            <tr>
              <td>{formatZoned(new Date(hour.from), timeZone)}</td>
              {tickResults.map((result) => (
                <td class="num">{hour[result]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const titles: Record<TickResult, string> = {
  passed: "Passed",
  flaky: "Flaky",
  failed: "Failed",
  error: "Error",
  open: "Going on",
  missed: "Missed",
  none: "No result",
};

type Counts = Record<TickResult, number>;

function sumOf(hours: readonly TickHour[]): Counts {
  const sum = Object.fromEntries(tickResults.map((result) => [result, 0])) as Counts;
  for (const hour of hours) for (const result of tickResults) sum[result] += hour[result];
  return sum;
}

function wordsOf(counts: Counts): string {
  return worstFirst
    .filter((result) => counts[result] > 0)
    .map((result) => `${plural(counts[result], "tick")} ${looks[result][2]}`)
    .join(", ");
}

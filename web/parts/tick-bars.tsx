import type { Tick } from "../../db/domain/schedule-resources.ts";
import { formatZoned, plural } from "./figures.ts";
import { Icon, type IconName } from "./icon.tsx";
import { Status, type Tone, toneOf } from "./status.tsx";
import { visibleText } from "./visible-text.ts";

/** A tick without a run to show: its tone, picture and word. */
const looks = {
  started: ["quiet", "lost", "run gone"],
  failed: ["error", "error", "not started"],
  missed: ["quiet", "skipped", "missed"],
  skipped: ["quiet", "skipped", "skipped"],
  waiting: ["running", "queued", "waiting"],
} as const satisfies Record<Tick["outcome"], readonly [Tone, IconName, string]>;

/** What became of a tick: how its run stands, or why there is none. */
export function TickStatus({ tick }: { tick: Tick }) {
  if (tick.run) return <Status of={tick.run.status} />;
  const [tone, icon, word] = looks[tick.outcome];
  return (
    <span class={`status t-${tone}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}

type BarsProps = { ticks: readonly Tick[]; timeZone: string; label: string; href: string };

/** The last ticks, the oldest on the left: each in the colour of its run and leading to it; one without a run to `href`. */
export function TickBars({ ticks, timeZone, label, href }: BarsProps) {
  if (ticks.length === 0) return <span class="dim">no tick yet</span>;
  return (
    <ol class="tick-bars" reversed aria-label={label}>
      {ticks.toReversed().map((tick) => {
        const tone = tick.run ? toneOf(tick.run.status) : looks[tick.outcome][0];
        const words = visibleText(wordsOf(tick, timeZone));
        return (
          <li>
            <a
              class={`tick-bar t-${tone}${tick.run ? "" : " is-short"}`}
              href={tick.run ? `/runs/${tick.run.id}` : href}
              title={words}
            >
              <span class="sr">{words}</span>
            </a>
          </li>
        );
      })}
    </ol>
  );
}

function wordsOf(tick: Tick, timeZone: string): string {
  const at = formatZoned(new Date(tick.dueAt), timeZone);
  if (tick.run) return `${tick.run.status}: ${at}`;
  const word = tick.outcome === "missed" ? `${plural(tick.count, "tick")} missed` : looks[tick.outcome][2];
  return tick.reason ? `${word}: ${at}, ${tick.reason}` : `${word}: ${at}`;
}

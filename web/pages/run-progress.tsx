import type { Run } from "../../db/domain/resources.ts";
import { isFinal, verdicts } from "../../db/domain/states.ts";
import { Note } from "../parts/bits.tsx";
import { formatCount, formatRough } from "../parts/figures.ts";
import { countOrder, totalOf } from "../parts/segment-bar.tsx";
import { toneOf } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";

/** How far it is, and how long the rest will take if it goes on as it has. */
export function Progress({ run, waits, now }: { run: Run; waits: string | null; now: Date }) {
  const total = totalOf(run.counts);
  const finished = verdicts.reduce((sum, verdict) => sum + run.counts[verdict], 0);
  if (isFinal(run.status) || total === 0) return null;
  const left = timeLeftMs(run, finished, total, now);
  let x = 0;
  return (
    <section class="progress" aria-label="Progress">
      <svg class="bar" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
        {countOrder
          .filter((status) => isFinal(status) && run.counts[status] > 0)
          .map((status) => {
            const width = (run.counts[status] / total) * 1_000;
            const left = x;
            x += width;
            return (
              <rect
                class={`t-${toneOf(status)}`}
                x={left.toFixed(2)}
                y="0"
                width={width.toFixed(2)}
                height="8"
              />
            );
          })}
      </svg>
      <p class="dim small">
        {formatCount(finished)} of {formatCount(total)} finished
        {left === null ? null : `, about ${formatRough(left)} left`}
      </p>
      {waits === null ? null : (
        <Note tone="quiet" icon="queued" title="Nothing of it runs now">
          <p>
            <Text of={`${waits}.`} />
          </p>
        </Note>
      )}
    </section>
  );
}

export function timeLeftMs(
  run: Pick<Run, "startedAt">,
  finished: number,
  total: number,
  now: Date,
): number | null {
  // A guess from one or two would jump about.
  if (run.startedAt === null || finished < 3) return null;
  const elapsed = now.getTime() - new Date(run.startedAt).getTime();
  const left = (elapsed / finished) * (total - finished);
  return left < 1_000 ? null : Math.round(left / 1_000) * 1_000;
}

import type { Run } from "../../db/domain/resources.ts";
import { TableBox } from "./bits.tsx";
import { SegmentBar } from "./segment-bar.tsx";
import { Status } from "./status.tsx";
import { Text } from "./text.tsx";
import { Ago, Duration } from "./time.tsx";

const triggers: Record<Run["trigger"], string> = {
  manual: "by hand",
  api: "API",
  retry: "retry",
  setup: "set-up",
  schedule: "schedule",
};

export function triggerWord(trigger: Run["trigger"]): string {
  return triggers[trigger];
}

/** Runs, one row each: how it stands, what it was, what came of it. */
export function RunsTable({ runs, now, label }: { runs: readonly Run[]; now: Date; label: string }) {
  return (
    <TableBox label={label}>
      <table class="list stack">
        <caption class="sr">{label}</caption>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Run</th>
            <th scope="col">Results</th>
            <th scope="col" class="num">
              Duration
            </th>
            <th scope="col">Started by</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr>
              <td class="lead">
                <Status of={run.status} />
              </td>
              <td class="main">
                <a href={`/runs/${run.id}`}>
                  <Text of={run.name} />
                </a>
              </td>
              <td class="wide-cell" data-label="Results">
                <SegmentBar counts={run.counts} />
              </td>
              <td class="num" data-label="Duration">
                <Duration ms={run.durationMs} />
              </td>
              <td data-label="Started by">
                <div>
                  {run.createdBy ? <Text of={run.createdBy} /> : null}{" "}
                  <span class="dim nowrap">{triggerWord(run.trigger)}</span>
                </div>
              </td>
              <td data-label="When">
                <Ago at={run.createdAt} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

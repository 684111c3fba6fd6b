import type { Page } from "../../db/domain/queries.ts";
import type { Execution, Project } from "../../db/domain/resources.ts";
import { Empty, Pager } from "../parts/bits.tsx";
import { LiveChip } from "../parts/live-chip.tsx";
import { ViewFrame } from "../parts/live-view.tsx";
import { Status } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { withQuery } from "../site.tsx";

type Props = { project: Project; page: Page<Execution>; path: string; cursor: string | undefined; now: Date };

/** All executions of a project that run now, small and about once a second. */
export function Wall(props: Props) {
  return (
    <>
      <div class="head">
        <div class="head-text">
          <h1>Wall</h1>
        </div>
        <div class="actions">
          <LiveChip />
        </div>
      </div>
      <WallRegion {...props} />
    </>
  );
}

export function WallRegion({ project, page, path, cursor, now }: Props) {
  return (
    <div
      class="section"
      id="wall"
      hx-get={path}
      hx-trigger="live"
      hx-swap="outerHTML"
      data-live-topic={`project:${project.id}`}
      data-live-after="0"
      data-live-every="2000"
    >
      {page.items.length === 0 ? (
        <Empty
          title="Nothing runs now"
          action={
            <a class="btn" href={`/projects/${project.id}/runs`}>
              Runs
            </a>
          }
        >
          As soon as an execution of this project runs, its page is shown here.
        </Empty>
      ) : (
        <ul class="wall">
          {page.items.map((execution) => (
            <Tile execution={execution} now={now} />
          ))}
        </ul>
      )}
      <Pager
        shown={page.items.length}
        next={page.nextCursor === null ? null : withQuery(path, { cursor: page.nextCursor })}
        first={cursor ? withQuery(path, { cursor: undefined }) : null}
      />
    </div>
  );
}

function Tile({ execution, now }: { execution: Execution; now: Date }) {
  const { id, testCaseName, viewport, status, startedAt } = execution;
  const size = { width: 320, height: Math.round((320 * viewport.height) / viewport.width) };
  return (
    <li class="panel wall-tile">
      <ViewFrame executionId={id} name={testCaseName} size={size} fps={1} width={320} />
      <p class="wall-words">
        <a class="wall-link" href={`/executions/${id}`}>
          <Text of={testCaseName} />
        </a>
        <Status of={status} />
        {startedAt ? (
          <span class="dim small">
            <Ago at={startedAt} now={now} />
          </span>
        ) : null}
      </p>
    </li>
  );
}

import type { OutlineDifference } from "../../db/domain/document-outline.ts";
import { isFailure, pathWords, shownPath } from "../../db/domain/step-tree.ts";
import type { DocumentDifference } from "../../db/services/document-comparison.ts";
import type { Difference } from "../execution-difference.ts";
import { type ExecutionView, isLive } from "../execution-view.ts";
import { ScrollBox } from "../parts/bits.tsx";
import { formatDuration, plural } from "../parts/figures.ts";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { withQuery } from "../site.tsx";
import { Beside, Only } from "./execution-compare-evidence.tsx";

/** Where the difference of a failed step to the last execution that passed comes to stand: it is read when the page is there. */
export function AgainstLater({ view }: { view: ExecutionView }) {
  const { execution, selected, attempt, around } = view;
  if (!selected || !isFailure(selected) || !around.lastPassed || isLive(execution)) return null;
  const query = { attempt: String(attempt), step: shownPath(selected.path) };
  return (
    <section
      class="panel against"
      id="against"
      aria-label="Against the last one that passed"
      hx-get={withQuery(`/executions/${execution.id}/against`, query)}
      hx-trigger="load"
      hx-target="this"
      hx-swap="outerHTML"
    >
      <h2 class="panel-head">
        <span>Against the last one that passed</span>
      </h2>
      <p class="panel-pad dim">
        <a href={`/executions/${execution.id}/compare?to=${around.lastPassed.id}`}>Compare with it</a>
      </p>
    </section>
  );
}

type Props = { difference: Difference | null; id: string; now: Date };

/** The same step in both: pictures, what the pages said, requests, console, time, and how they were run. */
export function AgainstGreen({ difference, id, now }: Props) {
  const base = difference?.comparison.base;
  if (!difference || !base) return null;
  const { comparison, row, documents } = difference;
  const step = comparison.steps[row];
  const query = { to: base.id, ...(row >= 0 ? { row: String(row) } : {}) };
  return (
    <section
      class="panel against"
      id="against"
      aria-label="Against the last one that passed"
      data-ready="true"
    >
      <h2 class="panel-head">
        <span>
          Against{" "}
          <a href={`/executions/${base.id}`}>
            the last one that passed, <Ago at={base.createdAt} now={now} />
          </a>
        </span>
        <a class="btn btn-small" href={withQuery(`/executions/${id}/compare`, query)}>
          Compare all of it
        </a>
      </h2>
      <p class="panel-pad against-facts">
        {factsOf(difference).join(" · ")}
        {comparison.differences.some(({ what }) => what === "version") ? (
          <>
            {" "}
            <a
              href={`/test-cases/${comparison.execution.testCaseId}/versions?version=${comparison.execution.version}&against=${base.version}`}
            >
              what changed in the test
            </a>
          </>
        ) : null}
      </p>
      {step?.here && step.base ? (
        <div class="against-step">
          <SmallPictures step={step} />
          <DocumentChanges documents={documents} />
        </div>
      ) : (
        <p class="panel-pad dim">The one that passed has no such step.</p>
      )}
      <div class="split against-only">
        <Only title="Requests that failed, pages opened" only={comparison.network} />
        <Only title="Console" only={comparison.console} />
      </div>
    </section>
  );
}

/** How long the step took in both, and what differs in how they were run. */
function factsOf({ comparison, row }: Difference): string[] {
  const { here, base } = comparison.steps[row] ?? { here: null, base: null };
  const took =
    here?.durationMs == null ? "" : `step ${pathWords(here.path)} took ${formatDuration(here.durationMs)}`;
  const then = base?.durationMs == null ? "" : `, then ${formatDuration(base.durationMs)}`;
  const differences = comparison.differences.map(
    ({ what, here: is, base: was }) => `${what}: ${visibleText(was)} → ${visibleText(is)}`,
  );
  return [
    ...(took ? [took + then] : []),
    ...(differences.length > 0 ? differences : ["same version, browser, viewport and environment"]),
  ];
}

function SmallPictures({ step }: { step: Difference["comparison"]["steps"][number] }) {
  const url = (id: string | null | undefined) => (id ? `/api/v1/artifacts/${id}/content` : null);
  const title = visibleText(step.here?.title ?? "");
  return (
    <div class="beside">
      <Beside title="Then" url={url(step.base?.screenshotId)} alt={`Then. ${title}`} />
      <Beside title="Now" url={url(step.here?.screenshotId)} alt={`Now. ${title}`} />
    </div>
  );
}

const missing = {
  here: "This execution has no recording of its pages at this moment, so what they said can't be compared.",
  base: "The one that passed has no recording of its pages, so what they said can't be compared.",
} as const;

/** What the page said then and now, as the lines that differ. */
export function DocumentChanges({ documents }: { documents: DocumentDifference | null }) {
  if (!documents) return null;
  return (
    <section class="panel document-changes" aria-label="Page">
      <h3 class="panel-head">
        <span>Page</span>
        {"difference" in documents ? <Counts difference={documents.difference} /> : null}
      </h3>
      {"none" in documents ? (
        <p class="panel-pad dim">{missing[documents.none]}</p>
      ) : (
        <Rows difference={documents.difference} />
      )}
    </section>
  );
}

function Counts({ difference: { added, removed } }: { difference: OutlineDifference }) {
  return (
    <span class="dim small">
      {plural(removed, "line")} only then, {plural(added, "line")} only now
    </span>
  );
}

const signs = { same: " ", added: "+", removed: "−" } as const;
const words = { same: "", added: "only now: ", removed: "only then: " } as const;

function Rows({ difference: { rows, added, removed, left } }: { difference: OutlineDifference }) {
  if (added + removed === 0) return <p class="panel-pad dim">It said the same.</p>;
  return (
    <ScrollBox label="What the page said, then and now" class="outline-scroll">
      <ol class="outline">
        {rows.map((row) =>
          row.kind === "gap" ? (
            <li class="outline-gap dim">{plural(row.count, "line")} alike</li>
          ) : (
            <li class={`outline-${row.kind}`}>
              <span aria-hidden="true">{signs[row.kind]}</span>
              <span class="sr">{words[row.kind]}</span>
              <code>
                <Text of={row.text} />
              </code>
            </li>
          ),
        )}
      </ol>
      {left > 0 ? <p class="panel-pad dim">{plural(left, "more line")} of the difference.</p> : null}
    </ScrollBox>
  );
}

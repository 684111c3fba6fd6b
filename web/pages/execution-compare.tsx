import type { ComparedStep, ExecutionComparison, StepOutcome } from "../../db/domain/comparison.ts";
import type { Execution } from "../../db/domain/resources.ts";
import { pathWords } from "../../db/domain/step-tree.ts";
import type { DocumentDifference } from "../../db/services/document-comparison.ts";
import { Empty, TableBox } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { formatDuration, formatTime, plural } from "../parts/figures.ts";
import { Status, StatusIcon } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { withQuery } from "../site.tsx";
import { DocumentChanges } from "./execution-against.tsx";
import { Only, Pictures } from "./execution-compare-evidence.tsx";

export type CompareProps = {
  comparison: ExecutionComparison;
  /** Others of the same case that it can be compared with, the newest first. */
  others: readonly Execution[];
  /** The row whose pictures are shown, from 0; -1: none. */
  row: number;
  /** What the pages said at that step; null where there is nothing to compare. */
  documents: DocumentDifference | null;
  all: boolean;
  path: string;
  now: Date;
};

/** The row that is shown: the chosen one, else that of the step that failed this one, else the last that failed; -1: none. */
export function rowOf({ execution, steps }: ExecutionComparison, chosen: number | null): number {
  if (chosen !== null) return chosen;
  const { step = null, path = null } = execution.error ?? {};
  const blamed = path ?? (step === null ? null : String(step));
  const at = steps.findIndex(({ here }) => here !== null && here.path === blamed);
  return at >= 0 ? at : steps.findLastIndex(({ here }) => here?.status === "failed");
}

/** Two executions of one case side by side: how they were run, their steps, their pictures, what only one of them said. */
export function ComparePage(props: CompareProps) {
  const { comparison, now } = props;
  const { execution, base } = comparison;
  return (
    <>
      <div class="head">
        <div class="head-text">
          <Crumbs
            items={[
              [`/runs/${execution.runId}`, "Run"],
              [`/executions/${execution.id}`, execution.testCaseName],
            ]}
          />
          <h1>Compare</h1>
          <div class="meta">
            <span>
              this one <Status of={execution.status} /> <Ago at={execution.createdAt} now={now} />
            </span>
            {base ? (
              <span>
                with{" "}
                <a href={`/executions/${base.id}`}>
                  <Status of={base.status} />
                </a>{" "}
                <Ago at={base.createdAt} now={now} />
              </span>
            ) : null}
          </div>
        </div>
        <BaseForm {...props} />
      </div>
      {base ? (
        <>
          <Differences comparison={comparison} />
          <Pictures comparison={comparison} row={props.row} />
          <DocumentChanges documents={props.documents} />
          <Steps {...props} />
          <div class="split">
            <Only title="Console" only={comparison.console} />
            <Only title="Network" only={comparison.network} />
          </div>
        </>
      ) : (
        <Empty title="It has not passed before in this browser and environment" action={null}>
          Choose another execution to compare it with.{" "}
          <a href={`/executions/${execution.id}`}>Back to the execution</a>
        </Empty>
      )}
    </>
  );
}

function BaseForm({ comparison: { base }, others, path }: CompareProps) {
  const { pathname } = new URL(path, "http://verdict.invalid");
  if (others.length === 0) return null;
  return (
    <form class="inline-form" method="get" action={pathname}>
      <div class="field">
        <label for="compare-to">Compare with</label>
        <select class="select" id="compare-to" name="to">
          {others.map((other) => (
            <option value={other.id} selected={other.id === base?.id}>
              {`${other.status}, ${formatTime(new Date(other.createdAt))}, version ${other.version}`}
            </option>
          ))}
        </select>
      </div>
      <button class="btn" type="submit">
        Compare
      </button>
    </form>
  );
}

function Differences({ comparison }: { comparison: ExecutionComparison }) {
  const { differences, execution, base } = comparison;
  const took = (ms: number | null) => (ms === null ? "-" : formatDuration(ms));
  return (
    <TableBox label="How they were run">
      <table class="list">
        <caption class="sr">What differs in how they were run</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Base</th>
            <th scope="col">This one</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ what, here, base: was }) => (
            <tr>
              <th scope="row">{what}</th>
              <td>
                <Text of={was} />
              </td>
              <td>
                <Text of={here} />
                {what === "version" ? (
                  <>
                    {" "}
                    <a
                      href={`/test-cases/${execution.testCaseId}/versions?version=${execution.version}&against=${base?.version}`}
                    >
                      what changed
                    </a>
                  </>
                ) : null}
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row">duration</th>
            <td>{took(base?.durationMs ?? null)}</td>
            <td>{took(execution.durationMs)}</td>
          </tr>
          <tr>
            <th scope="row">failure</th>
            <td>{base?.error ? <Text of={base.error.message} /> : <span class="dim">none</span>}</td>
            <td>{execution.error ? <Text of={execution.error.message} /> : <span class="dim">none</span>}</td>
          </tr>
        </tbody>
      </table>
    </TableBox>
  );
}

const rowsShownMax = 300;
const kinds = { same: "", changed: "changed", added: "only here", removed: "only in the base" } as const;

/** Whether this one ended before it came to a step that the base has as well. */
function isUnreached({ here, base }: ComparedStep): boolean {
  return here?.status === "pending" && base !== null;
}

/** Whether somebody who looks for the difference wants to see it. */
function isTelling(row: ComparedStep): boolean {
  const { kind, here, base } = row;
  if (isUnreached(row)) return false;
  if (kind !== "same" || here?.status !== base?.status) return true;
  const [is, was] = [here?.durationMs ?? 0, base?.durationMs ?? 0];
  return Math.abs(is - was) > 200 && Math.abs(is - was) > was * 0.3;
}

function Steps({ comparison, path, row: selected, all }: CompareProps) {
  const numbered = comparison.steps.map((row, index) => ({ row, index }));
  const telling = numbered.filter(({ row }) => isTelling(row));
  const wanted = all ? numbered : telling;
  const shown = wanted.slice(0, rowsShownMax);
  const unreached = all ? 0 : comparison.steps.filter(isUnreached).length;
  return (
    <section class="section" aria-labelledby="compare-steps">
      <div class="section-head">
        <h2 id="compare-steps">
          {plural(telling.length, "difference")} in {plural(numbered.length, "step")}
        </h2>
        <a href={withQuery(path, { all: all ? undefined : "true" })}>
          {all ? "Only differences" : "All steps"}
        </a>
      </div>
      {shown.length === 0 && unreached === 0 ? (
        <p class="dim">Every step ended alike and took about as long.</p>
      ) : null}
      {shown.length > 0 ? (
        <TableBox label="Steps side by side">
          <table class="list compare stack">
            <caption class="sr">The steps of both, side by side</caption>
            <thead>
              <tr>
                <th scope="col">Base</th>
                <th scope="col">This one</th>
                <th scope="col" class="num">
                  Difference
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ row, index }) => (
                <tr class={`compare-${row.kind}`} aria-current={index === selected ? "true" : undefined}>
                  <td class="wide-cell">
                    <span class="beside-name">Base</span>
                    <Outcome outcome={row.base} />
                  </td>
                  <td class="wide-cell">
                    <span class="beside-name">This one</span>
                    <Outcome outcome={row.here} href={withQuery(path, { row: String(index) })} />
                    {kinds[row.kind] ? <span class="chip">{kinds[row.kind]}</span> : null}
                  </td>
                  <td class="num" data-label="Difference">
                    <Difference row={row} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      ) : null}
      {unreached > 0 ? (
        <p class="dim">{plural(unreached, "more step")} of the base: this one ended before.</p>
      ) : null}
      {wanted.length > shown.length ? (
        <p class="dim">The first {rowsShownMax} are shown; the API answers all of them.</p>
      ) : null}
    </section>
  );
}

function Outcome({ outcome, href }: { outcome: StepOutcome | null; href?: string }) {
  if (!outcome) return <span class="dim">-</span>;
  const title = (
    <>
      {pathWords(outcome.path)} <Text of={outcome.title} />
    </>
  );
  return (
    <div class="outcome">
      <StatusIcon of={outcome.status} />
      <div>
        {href ? <a href={`${href}#pictures`}>{title}</a> : title}{" "}
        <span class="dim nowrap">
          {outcome.durationMs === null ? "" : formatDuration(outcome.durationMs)}
        </span>
        {outcome.message ? (
          <div class="log-failure">
            <Text of={outcome.message} />
          </div>
        ) : null}
      </div>
    </div>
  );
}

function Difference({ row: { here, base } }: { row: ComparedStep }) {
  if (here?.durationMs == null || base?.durationMs == null) return <span class="dim">-</span>;
  const by = here.durationMs - base.durationMs;
  return (
    <span class={by > 0 ? "tone t-flaky" : "dim"}>
      {by === 0 ? "0" : `${by > 0 ? "+" : "−"}${formatDuration(Math.abs(by))}`}
    </span>
  );
}

import type { Failure, LogItem } from "../../db/domain/events.ts";
import { oneLine } from "../../db/domain/one-line.ts";
import { pathWords } from "../../db/domain/step-tree.ts";
import type { ExecutionView } from "../execution-view.ts";
import { ActionButton } from "../parts/bits.tsx";
import { plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { Status, StatusIcon } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { withQuery } from "../site.tsx";

type Props = { view: ExecutionView; path: string; now: Date; retries: boolean; writes: boolean };

/** The answer in a few lines: what failed, what was seen, when it last worked, what has changed since. */
export function Diagnosis(props: Props) {
  const { view } = props;
  const { execution, attempts } = view;
  const failure = attempts.find(({ number }) => number === view.attempt)?.error ?? execution.error;
  if (execution.status === "queued") return <Waits why={view.waits} />;
  if (execution.status === "cancelled" || execution.status === "skipped") {
    return (
      <Line tone="quiet" icon={execution.status}>
        <p>
          {execution.status === "cancelled" ? "Stopped before it came to a verdict." : "Did not run."}
          {failure ? (
            <>
              {" "}
              <Text of={failure.message} />
            </>
          ) : null}
        </p>
      </Line>
    );
  }
  if (execution.status === "flaky" && view.attempt === attempts.at(-1)?.number) {
    const failed = attempts.filter(({ status }) => status === "failed").length;
    return (
      <Line tone="flaky" icon="flaky">
        <p>
          <b>Failed, then passed.</b> {plural(failed, "attempt")} failed before this one: compare them below.
        </p>
      </Line>
    );
  }
  if (!failure) return null;
  return <Failed {...props} failure={failure} />;
}

function Waits({ why }: { why: string | null }) {
  return (
    <Line tone="quiet" icon="queued">
      <p>
        {why === null ? "Is about to begin." : <Text of={`${why}.`} />} It starts by itself; you can leave
        this page.
      </p>
    </Line>
  );
}

type LineProps = {
  tone: string;
  icon: "queued" | "cancelled" | "skipped" | "flaky" | "failed" | "error";
  children?: unknown;
};

function Line({ tone, icon, children }: LineProps) {
  return (
    <section class={`diagnosis t-${tone}`} aria-label="Diagnosis">
      <Icon name={icon} />
      <div>{children as never}</div>
    </section>
  );
}

function Failed({ failure, view, path, now, retries, writes }: Props & { failure: Failure }) {
  const { execution, attempt, around, clues } = view;
  const isError = execution.status === "error";
  const tone = isError ? "error" : "failed";
  return (
    <Line tone={tone} icon={tone}>
      <p>
        <b>{headOf(failure, isError)}</b>
        <Text of={failure.message} />
      </p>
      {clues.request || clues.fault ? (
        <p class="clues">
          {clues.request ? (
            <Clue item={clues.request} label="First failed request before it:" tab="network" path={path} />
          ) : null}
          {clues.fault ? (
            <Clue
              item={clues.fault}
              label="Last page error before it:"
              tab={tabOf(clues.fault)}
              path={path}
            />
          ) : null}
        </p>
      ) : null}
      <p class="dim">
        {isError ? "The environment's trouble, not counted as a failure of the product. " : null}
        <LastPassed view={view} now={now} />
      </p>
      <BeforeIt view={view} />
      <div class="actions">
        <ToSnapshot failure={failure} view={view} />
        {around.lastPassed ? (
          <a class="btn btn-small" href={`/executions/${execution.id}/compare?to=${around.lastPassed.id}`}>
            <Icon name="more" />
            Compare with it
          </a>
        ) : null}
        <a
          class="btn btn-small"
          href={`/executions/${execution.id}/prompt?attempt=${attempt}`}
          target="_blank"
          rel="noopener"
          data-copy-from
        >
          <Icon name="copy" />
          Copy as prompt
        </a>
        {retries ? (
          <ActionButton
            action={`/executions/${execution.id}/retry`}
            label={`Run ${repetitions} times`}
            icon="retry"
            small
            fields={{ times: String(repetitions) }}
          />
        ) : null}
        {writes ? <Quarantine view={view} /> : null}
      </div>
    </Line>
  );
}

/** How often a button repeats it: enough to see whether it fails now and then. */
const repetitions = 20;

/** A quarantined test goes on running and is told apart from the others everywhere. */
function Quarantine({ view: { execution, caseStatus } }: { view: ExecutionView }) {
  if (caseStatus === "quarantined") return <Status of="quarantined" />;
  if (caseStatus !== "active") return null;
  return (
    <ActionButton
      action={`/executions/${execution.id}/quarantine`}
      label="Quarantine"
      icon="quarantined"
      small
      confirm="Quarantine this test case? It goes on running and being reported, marked as quarantined, until its status is changed back."
    />
  );
}

const neighbourCharsMax = 60;

/** What its worker had done of the run before: a failure that depends on the order is seen in it. */
function BeforeIt({ view: { before } }: { view: ExecutionView }) {
  if (before.length === 0) return null;
  return (
    <p class="dim">
      On the same worker before it:{" "}
      {before.map(({ executionId, testCaseName, number, status }, index) => (
        <>
          {index > 0 ? ", " : null}
          <StatusIcon of={status} />{" "}
          <a href={`/executions/${executionId}?attempt=${number}`}>
            <Text of={oneLine(testCaseName, neighbourCharsMax)} />
          </a>
        </>
      ))}
    </p>
  );
}

/** From the red step to the two pictures. */
function ToSnapshot({ failure, view }: { failure: Failure; view: ExecutionView }) {
  const snapshot = view.snapshots.findLast(({ step }) => step === failure.step);
  if (!snapshot) return null;
  return (
    <a class="btn btn-small btn-primary" href={`/projects/${snapshot.projectId}/snapshots/${snapshot.id}`}>
      <Icon name="camera" />
      {snapshot.result === "new" ? "Look at the new picture" : "Compare with the approved picture"}
    </a>
  );
}

function headOf({ step, path }: Failure, isError: boolean): string {
  if (step !== null) return `Step ${pathWords(path ?? String(step))}: `;
  return isError ? "Could not be carried out: " : "Failed: ";
}

function tabOf(item: LogItem): string {
  return item.type === "page-error" ? "errors" : "console";
}

function Clue({ item, label, tab, path }: { item: LogItem; label: string; tab: string; path: string }) {
  return (
    <span class="clue">
      <a href={`${withQuery(path, { tab, after: String(item.seq - 1) })}#evidence`}>{label}</a>{" "}
      <code>
        <Text of={shortened(clueText(item))} />
      </code>
    </span>
  );
}

/** A clue in one line, for people and for prompts. */
export function clueText(item: LogItem): string {
  if (item.type === "request-failed") return `${item.method} ${item.url} → ${item.status ?? item.reason}`;
  if (item.type === "page-error") return item.message;
  return item.type === "console" ? item.text : "";
}

const clueCharsMax = 160;

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length <= clueCharsMax ? line : `${line.slice(0, clueCharsMax - 1)}…`;
}

function LastPassed({ view, now }: { view: ExecutionView; now: Date }) {
  const { execution, around, otherEnvironment } = view;
  const { lastPassed } = around;
  if (!lastPassed) return "It has not passed before.";
  const isSame = lastPassed.version === execution.version;
  return (
    <>
      Last passed{" "}
      <a href={`/executions/${lastPassed.id}`}>
        <Ago at={lastPassed.createdAt} now={now} />
      </a>
      {otherEnvironment === null ? null : (
        <>
          {" "}
          {otherEnvironment === "" ? "without an environment" : "in "}
          <Text of={otherEnvironment} />
        </>
      )}
      {isSame ? (
        " with the same version of the test."
      ) : (
        <>
          {" "}
          with version {lastPassed.version}, now it is version {execution.version};{" "}
          <a
            href={`/test-cases/${execution.testCaseId}/versions?version=${execution.version}&against=${lastPassed.version}`}
          >
            the test has changed since
          </a>
          .
        </>
      )}
    </>
  );
}

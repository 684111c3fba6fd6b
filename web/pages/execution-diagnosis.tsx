import type { Failure } from "../../db/domain/events.ts";
import type { Execution } from "../../db/domain/resources.ts";
import type { ExecutionView } from "../execution-view.ts";
import { plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";

/** The answer in a few lines: what failed, what was seen, when it last worked, what has changed since. */
export function Diagnosis({ view, now }: { view: ExecutionView; now: Date }) {
  const { execution, attempts, around } = view;
  const failure = attempts.find(({ number }) => number === view.attempt)?.error ?? execution.error;
  if (execution.status === "queued" && attempts.length === 0) {
    return (
      <Line tone="quiet" icon="queued">
        <p>Waits for a free browser. It starts by itself; you can leave this page.</p>
      </Line>
    );
  }
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
  return <Failed failure={failure} execution={execution} lastPassed={around.lastPassed} now={now} />;
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

type FailedProps = { failure: Failure; execution: Execution; lastPassed: Execution | null; now: Date };

function Failed({ failure, execution, lastPassed, now }: FailedProps) {
  const isError = execution.status === "error";
  return (
    <Line tone={isError ? "error" : "failed"} icon={isError ? "error" : "failed"}>
      <p>
        <b>
          {failure.step === null
            ? isError
              ? "Could not be carried out: "
              : "Failed: "
            : `Step ${failure.step + 1}: `}
        </b>
        <Text of={failure.message} />
      </p>
      <p class="dim">
        {isError ? "The environment's trouble, not counted as a failure of the product. " : null}
        {lastPassed ? (
          <>
            Last passed{" "}
            <a href={`/executions/${lastPassed.id}`}>
              <Ago at={lastPassed.createdAt} now={now} />
            </a>
            {lastPassed.version === execution.version ? (
              " with the same version of the test."
            ) : (
              <>
                {" "}
                with version {lastPassed.version};{" "}
                <a
                  href={`/test-cases/${execution.testCaseId}/versions?version=${execution.version}&against=${lastPassed.version}`}
                >
                  the test has changed since
                </a>
                .
              </>
            )}
          </>
        ) : (
          "It has not passed before."
        )}
      </p>
    </Line>
  );
}

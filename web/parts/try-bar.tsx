import type { TryResult } from "../../db/domain/live-view.ts";
import { plural } from "./figures.ts";
import { StatusIcon } from "./status.tsx";
import { Text } from "./text.tsx";
import { Duration } from "./time.tsx";

type Props = { testCaseId: string; executionId: string | null; step: number };

/**
 * Trying steps while they are written: a browser that has run the saved steps up to a place and waits there, or what is tried
 * in it. `step` counts from 1.
 */
export function TryBar({ testCaseId, executionId, step }: Props) {
  if (executionId === null) {
    return (
      <form class="panel try-bar" method="post" action={`/test-cases/${testCaseId}/held-run`}>
        <label>
          Run what is saved up to step{" "}
          <input
            class="input try-number"
            type="number"
            name="before"
            min="1"
            max="500"
            value={String(step)}
            required
          />
        </label>
        <button class="btn btn-small" type="submit">
          Try steps in a browser
        </button>
      </form>
    );
  }
  return (
    <section class="panel try-bar" aria-label="Try steps" id="try-bar">
      <label>
        Steps{" "}
        <input
          class="input try-number"
          type="number"
          name="from"
          min="1"
          max="500"
          value={String(step)}
          required
        />
      </label>
      <label>
        to{" "}
        <input
          class="input try-number"
          type="number"
          name="to"
          min="1"
          max="500"
          value={String(step)}
          required
        />
      </label>
      <button
        class="btn btn-small"
        type="button"
        hx-post={`/test-cases/${testCaseId}/try/${executionId}`}
        hx-include="#editor, #try-bar"
        hx-target="#tried"
        hx-swap="outerHTML"
        hx-disabled-elt="this"
      >
        Try them as they are written here
      </button>
      <Tried />
    </section>
  );
}

/** What became of the steps that were tried last. */
export function Tried({ result, first = 1, fault }: { result?: TryResult; first?: number; fault?: string }) {
  return (
    <div class="tried" id="tried" role="status">
      {fault ? (
        <p class="t-failed status">
          <Text of={fault} />
        </p>
      ) : null}
      {result ? (
        <ol>
          {result.steps.map(({ step, title, status, durationMs, failure, target }) => (
            <li>
              <StatusIcon of={status} /> {first + step}. <Text of={title} />{" "}
              <span class="dim small">
                <Duration ms={durationMs} />
                {target ? `, ${plural(target.matches, "match", "matches")}` : ""}
              </span>
              {failure ? (
                <p class="small">
                  <Text of={failure.message} />
                </p>
              ) : null}
            </li>
          ))}
        </ol>
      ) : null}
    </div>
  );
}

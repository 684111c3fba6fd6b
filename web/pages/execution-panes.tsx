import type { ExecutionView, StepView } from "../execution-view.ts";
import { fieldsOf } from "../forms/step-fields.ts";
import { ScrollBox } from "../parts/bits.tsx";
import { formatDuration, plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { Status, StatusIcon } from "../parts/status.tsx";
import { StepLine } from "../parts/step-line.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { withQuery } from "../site.tsx";

type PaneProps = { view: ExecutionView; path: string };

function stepPath(path: string, step: StepView): string {
  return withQuery(path, { step: String(step.index + 1) });
}

/** Every step with its state and time; the selected one is what the other panes show. */
export function StepList({ view, path }: PaneProps) {
  const { steps, selected } = view;
  return (
    <section class="pane panel pane-steps" aria-label="Steps">
      <h2 class="panel-head">
        Steps
        <span class="dim small">{plural(steps.length, "step")}</span>
      </h2>
      <ScrollBox label="List of steps" class="pane-scroll" id="steps-scroll">
        <ol class="run-steps">
          {steps.map((step) => (
            <li class={`run-step${step.status === "pending" ? " is-pending" : ""}`}>
              <a
                href={stepPath(path, step)}
                id={`s-${step.index + 1}`}
                aria-current={step.index === selected?.index ? "step" : undefined}
                data-run-step={step.status}
              >
                <StatusIcon of={step.status} />
                <span class="step-no">{step.index + 1}</span>
                {step.step ? <StepLine step={step.step} /> : <Text of={step.title} />}
                <span class="run-step-time">
                  {step.finished ? formatDuration(step.finished.durationMs) : null}
                </span>
              </a>
            </li>
          ))}
        </ol>
      </ScrollBox>
    </section>
  );
}

/** The page as it was at the selected step, with the element that the step found marked. */
export function PicturePane({ view }: { view: ExecutionView }) {
  const { picture, selected, execution } = view;
  return (
    <section class="pane panel pane-picture" aria-label="Picture">
      <h2 class="panel-head">
        Picture
        <span class="dim small">
          {picture && selected && picture.step !== selected.index
            ? `of step ${picture.step + 1}, the last one taken`
            : null}
          {picture && selected && picture.step === selected.index ? `step ${picture.step + 1}` : null}
        </span>
      </h2>
      {picture && selected ? (
        <Shot view={view} />
      ) : (
        <div class="no-picture">
          <Icon name="camera" />
          <p>
            {selected?.lostPicture ? (
              <>
                The picture of this step is lost: <Text of={selected.lostPicture} />.
              </>
            ) : execution.startedAt === null ? (
              "Pictures appear here once the test runs."
            ) : selected?.status === "pending" ? (
              "This step was not reached."
            ) : (
              "No picture was taken up to this step."
            )}
          </p>
        </div>
      )}
    </section>
  );
}

function Shot({ view }: { view: ExecutionView }) {
  const { picture, selected } = view;
  if (!picture || !selected) return null;
  const { artifact, width, height } = picture;
  const target = selected.finished?.target;
  const box = picture.step === selected.index ? target?.box : null;
  const tone = selected.status === "failed" ? "failed" : "running";
  return (
    <a class="shot" href={artifact.url} target="_blank" rel="noopener" title="Open the picture in full size">
      <img
        src={artifact.url}
        width={artifact.width ?? undefined}
        height={artifact.height ?? undefined}
        decoding="async"
        alt={visibleText(`The page at step ${picture.step + 1}: ${selected.title}`)}
      />
      {box ? (
        <svg
          class={`shot-box t-${tone}`}
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <rect x={box.x - 3} y={box.y - 3} width={box.width + 6} height={box.height + 6} rx="3" />
        </svg>
      ) : null}
    </a>
  );
}

/** What the selected step was, what it found, and why it failed. */
export function StepDetails({ view, path }: PaneProps) {
  const { selected, execution } = view;
  if (!selected) {
    return (
      <section class="pane panel pane-details" aria-label="Step">
        <p class="panel-pad dim">This version of the test has no steps.</p>
      </section>
    );
  }
  const { finished, step, status } = selected;
  return (
    <section class="pane panel pane-details" aria-label="Step">
      <h2 class="panel-head">
        Step {selected.index + 1}
        <Status of={status} />
      </h2>
      <ScrollBox label="Details of the step" class="pane-scroll panel-pad stacked">
        <p class="step-title">
          <Text of={selected.title} />
        </p>
        {finished?.failure ? (
          <div class="failure">
            <p>
              <Text of={finished.failure.message} />
            </p>
            {finished.failure.detail ? (
              <pre>
                <Text of={finished.failure.detail} />
              </pre>
            ) : null}
          </div>
        ) : null}
        <dl class="facts">
          {finished ? (
            <>
              <dt>Took</dt>
              <dd>{formatDuration(finished.durationMs)}</dd>
            </>
          ) : null}
          {finished?.target ? (
            <>
              <dt>Found by</dt>
              <dd>
                <code>
                  <Text of={finished.target.locator} />
                </code>
                <span class="dim">
                  {" "}
                  {plural(finished.target.matches, "match", "matches")}
                  {finished.target.index > 0 ? `, alternative ${finished.target.index + 1}` : ""}
                </span>
              </dd>
            </>
          ) : null}
          {step
            ? fieldsOf(step.type)
                .filter(({ name }) => step[name] !== undefined)
                .map(({ name }) => [name, step[name]] as const)
                .map(([name, value]) => (
                  <>
                    <dt>{name}</dt>
                    <dd>
                      <code>
                        <Text of={typeof value === "string" ? value : JSON.stringify(value)} />
                      </code>
                    </dd>
                  </>
                ))
            : null}
        </dl>
        <p class="actions">
          <button
            class="btn btn-small"
            type="button"
            data-copy-link={stepPath(withQuery(path, { attempt: String(view.attempt) }), selected)}
          >
            <Icon name="link" />
            Copy link to step
          </button>
          <a
            class="btn btn-small"
            href={`/test-cases/${execution.testCaseId}?step=${selected.index + 1}#step-${selected.index + 1}`}
            hx-boost="false"
          >
            <Icon name="edit" />
            Edit step
          </a>
        </p>
      </ScrollBox>
    </section>
  );
}

/** Every picture in a row, in the order in which they were taken. */
export function FilmStrip({ view, path }: PaneProps) {
  const frames = view.steps.filter(({ picture }) => picture !== null);
  if (frames.length < 2) return null;
  return (
    <section class="panel" aria-label="Film strip">
      <ScrollBox label="Pictures of the steps" class="film-scroll" id="film-scroll">
        <ol
          class="film"
          hx-boost="true"
          hx-target="#execution"
          hx-swap="outerHTML"
          hx-sync="#execution:replace"
        >
          {frames.map((step) => (
            <li>
              <a
                href={stepPath(path, step)}
                id={`film-${step.index + 1}`}
                aria-current={step.index === view.selected?.index ? "step" : undefined}
              >
                <img
                  src={step.picture?.url}
                  width="128"
                  height="80"
                  loading="lazy"
                  decoding="async"
                  alt={visibleText(`Step ${step.index + 1}: ${step.title}`)}
                />
                <span class="film-label">
                  <StatusIcon of={step.status} />
                  {step.index + 1}
                </span>
              </a>
            </li>
          ))}
        </ol>
      </ScrollBox>
    </section>
  );
}

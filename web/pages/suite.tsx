import type { FieldError } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import type { Environment, Project, Run, Suite, TestCaseSummary } from "../../db/domain/resources.ts";
import type { SuiteDraft } from "../forms/suite-draft.ts";
import { ActionButton, Empty, FormErrors, Note } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { errorsAt, FieldErrors, SelectField, TextField } from "../parts/field.tsx";
import { plural } from "../parts/figures.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { RunsTable } from "../parts/runs-table.tsx";
import { Status } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { RunStrip } from "./overview.tsx";

export type SuitePageProps = {
  suite: Suite;
  project: Project;
  environments: readonly Environment[];
  /** What the saved suite would run. */
  cases: readonly TestCaseSummary[];
  /** What could be added to the list. */
  candidates: readonly TestCaseSummary[];
  runs: readonly Run[];
  draft: SuiteDraft;
  errors: readonly FieldError[];
  fault: string | null;
  saved: boolean;
  now: Date;
  writes: boolean;
  starts: boolean;
};

export function SuitePage(props: SuitePageProps) {
  const { suite, project, runs, now, writes, starts, draft } = props;
  const path = `/suites/${suite.id}`;
  return (
    <div class="page-live" id="suite">
      <div class="head">
        <div class="head-text">
          <Crumbs items={[[`/projects/${project.id}/suites`, "Suites"]]} />
          <h1>
            <Text of={suite.name} />
          </h1>
          <div class="meta">
            <span>{plural(suite.caseCount, "test case")}</span>
            {suite.lastRun ? (
              <a class="plain" href={`/runs/${suite.lastRun.id}`}>
                last run: <Status of={suite.lastRun.status} />
              </a>
            ) : (
              <span>never run</span>
            )}
            {suite.description && !writes ? <Text of={suite.description} /> : null}
          </div>
        </div>
        <div class="actions">
          {writes ? (
            <ActionButton
              action={`${path}/delete`}
              label="Delete"
              icon="trash"
              look="quiet"
              confirm={`Delete the suite “${visibleText(suite.name)}”? Its test cases and runs stay.`}
            />
          ) : null}
          {starts && suite.caseCount > 0 ? (
            <ActionButton action={`${path}/run`} label="Run suite" icon="play" look="primary" />
          ) : null}
        </div>
      </div>
      {props.saved ? <Note tone="passed" title="Saved." role="status" /> : null}
      {props.fault ? <FormErrors title={props.fault} errors={props.errors} /> : null}
      {draft.dirty && !props.fault && starts ? (
        <Note tone="flaky" title="Not saved yet: “Run suite” runs what is saved." role="status" icon="edit" />
      ) : null}
      {runs.length > 0 ? (
        <section class="section" aria-labelledby="suite-runs">
          <div class="section-head">
            <h2 id="suite-runs">Last runs</h2>
            <a href={`/projects/${project.id}/runs?suite=${suite.id}`}>All its runs</a>
          </div>
          <RunStrip runs={runs} />
          <RunsTable runs={runs.slice(0, 3)} now={now} label="Last runs of the suite" />
        </section>
      ) : null}
      {writes ? <SuiteForm {...props} /> : <SuiteReader {...props} />}
    </div>
  );
}

function SuiteForm(props: SuitePageProps) {
  const { suite, environments, draft, errors } = props;
  const action = `/suites/${suite.id}/edit`;
  return (
    <form
      class="section"
      method="post"
      action={action}
      hx-post={action}
      hx-target="#suite"
      hx-swap="outerHTML"
      data-editor
      data-dirty={draft.dirty ? "true" : undefined}
    >
      <button class="sr" type="submit" name="op" value="find" tabindex={-1} aria-hidden="true" />
      <div class="panel panel-pad fields">
        <TextField name="name" label="Name" value={draft.name} errors={errors} required maxlength={200} wide />
        <TextField name="description" label="Description" value={draft.description} errors={errors} area wide />
        <SelectField
          name="environmentId"
          label="Environment"
          value={draft.environmentId}
          errors={errors}
          options={[
            { value: "", label: "Base URL of the project" },
            ...environments.map(({ id, name }) => ({ value: id, label: visibleText(name) })),
          ]}
        />
        <SelectField
          name="retries"
          label="Retries of a failed test"
          value={draft.retries}
          errors={errors}
          hint="Failed, then passed, counts as flaky."
          options={Array.from({ length: limits.attemptsPerExecutionMax }, (_, index) => ({
            value: String(index),
            label: index === 0 ? "None" : String(index),
          }))}
        />
        <fieldset class="field wide">
          <legend>Test cases</legend>
          <div class="check-row">
            <label class="check">
              <input type="radio" name="mode" value="list" checked={draft.mode === "list"} data-submit />A list in an order
            </label>
            <label class="check">
              <input type="radio" name="mode" value="tags" checked={draft.mode === "tags"} data-submit />
              Every active test case that has all of these tags
            </label>
          </div>
        </fieldset>
        {draft.mode === "tags" ? (
          <TextField
            name="tags"
            label="Tags"
            value={draft.tags}
            errors={errors}
            path="tagQuery"
            hint="Separated by spaces: smoke checkout"
            wide
          />
        ) : (
          <input type="hidden" name="tags" value={draft.tags} />
        )}
      </div>
      {draft.mode === "list" ? (
        <CaseList {...props} />
      ) : (
        draft.cases.map(({ id, name }) => <HiddenCase id={id} name={name} />)
      )}
      <div class="save-bar panel">
        <span class="grow" />
        <div class="actions">
          <span class="status t-flaky small dirty-mark">
            <Icon name="edit" />
            not saved
          </span>
          <a class="btn btn-quiet discard" href={`/suites/${suite.id}`} data-discard>
            Discard
          </a>
          <button class="btn btn-primary" type="submit" name="op" value="save" data-save>
            Save suite
          </button>
        </div>
      </div>
    </form>
  );
}

function HiddenCase({ id, name }: { id: string; name: string }) {
  return (
    <>
      <input type="hidden" name="case" value={id} />
      <input type="hidden" name="caseName" value={name} />
    </>
  );
}

function CaseList({ suite, draft, candidates, errors, project }: SuitePageProps) {
  const known = new Map(candidates.map((test) => [test.id, test]));
  const chosen = new Set(draft.cases.map(({ id }) => id));
  const addable = candidates.filter(({ id }) => !chosen.has(id));
  return (
    <div class="split">
      <section class="section" aria-labelledby="chosen">
        <h2 id="chosen">{plural(draft.cases.length, "test case")} in this order</h2>
        <FieldErrors id="f-testCaseIds" errors={errorsAt(errors, "testCaseIds")} />
        {draft.cases.length === 0 ? (
          <Empty title="No test cases chosen">Add some from the list beside; they run in the order shown here.</Empty>
        ) : (
          <ol class="edit-steps panel">
            {draft.cases.map(({ id, name }, index) => (
              <li class="edit-step" data-step={String(index)}>
                <HiddenCase id={id} name={name} />
                <div class="edit-row">
                  <span class="grip" draggable={true} title="Drag to another place" aria-hidden="true">
                    <Icon name="grip" />
                  </span>
                  <span class="edit-open">
                    <span class="step-no">{index + 1}</span>
                    <a href={`/test-cases/${id}`}>
                      <Text of={name} />
                    </a>
                    {known.get(id)?.status && known.get(id)?.status !== "active" ? (
                      <Status of={known.get(id)?.status ?? "active"} />
                    ) : null}
                  </span>
                  <CaseActions index={index} count={draft.cases.length} name={name} />
                </div>
              </li>
            ))}
          </ol>
        )}
      </section>
      <section class="section" aria-labelledby="addable">
        <h2 id="addable">Add test cases</h2>
        <div class="search search-wide">
          <Icon name="search" />
          <input
            class="input"
            type="search"
            name="search"
            value={draft.search}
            placeholder="Words in their name or tags"
            aria-label="Search test cases to add"
            autocomplete="off"
            data-search
            hx-post={`/suites/${suite.id}/edit`}
            hx-trigger="input changed delay:300ms"
            id="suite-search"
          />
        </div>
        {addable.length === 0 ? (
          <p class="dim">
            {candidates.length > 0 ? "All that match are in the suite." : "None matches."}{" "}
            <a href={`/projects/${project.id}/test-cases/new`}>Write a test case</a>
          </p>
        ) : (
          <ul class="edit-steps panel">
            {addable.map((test) => (
              <li class="edit-step">
                <button class="edit-open add-case" type="submit" name="op" value={`add:${test.id}:${test.name}`}>
                  <Icon name="plus" />
                  <span class="grow">
                    <span class="sr">Add </span>
                    <Text of={test.name} />
                  </span>
                  {test.status === "active" ? null : <Status of={test.status} />}
                </button>
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

function CaseActions({ index, count, name }: { index: number; count: number; name: string }) {
  const actions: (readonly [string, string, IconName, boolean])[] = [
    [`up:${index}`, "Move up (Alt ↑)", "up", index > 0],
    [`down:${index}`, "Move down (Alt ↓)", "down", index < count - 1],
    [`remove:${index}`, "Take out", "cross", true],
  ];
  return (
    <div class="edit-actions">
      {actions.map(([op, label, icon, isPossible]) => (
        <button
          class="btn btn-quiet btn-icon btn-small"
          type="submit"
          name="op"
          value={op}
          id={op.replace(":", "-")}
          title={label}
          disabled={!isPossible}
        >
          <Icon name={icon} />
          <span class="sr">
            {label}: {visibleText(name)}
          </span>
        </button>
      ))}
    </div>
  );
}

function SuiteReader({ cases, suite }: SuitePageProps) {
  if (cases.length === 0) return <Empty title="No test cases chosen">Members of the organization choose them.</Empty>;
  return (
    <section class="section">
      <h2>
        {plural(cases.length, "test case")}
        {suite.tagQuery ? ` with ${suite.tagQuery.map((tag) => `@${tag}`).join(" ")}` : ""}
      </h2>
      <ol class="edit-steps panel">
        {cases.map((test, index) => (
          <li class="edit-step">
            <div class="edit-row edit-open">
              <span class="step-no">{index + 1}</span>
              <a href={`/test-cases/${test.id}`}>
                <Text of={test.name} />
              </a>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

import type { FieldError } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import { cellTitle, screensFor } from "../../db/domain/matrix.ts";
import type { BrowserSupport } from "../../db/domain/matrix-resources.ts";
import type { Environment, Project, Run, Suite, TestCaseSummary } from "../../db/domain/resources.ts";
import { browserTitles } from "../../db/domain/steps/definition.ts";
import { matrixDraftOf } from "../forms/matrix-draft.ts";
import type { SuiteDraft } from "../forms/suite-draft.ts";
import { ActionButton, Empty, FormErrors, Note } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { errorsAt, SelectField, TextField } from "../parts/field.tsx";
import { plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { MatrixFields, WhyNot } from "../parts/matrix-fields.tsx";
import { RunsTable } from "../parts/runs-table.tsx";
import { StartMenu } from "../parts/start-menu.tsx";
import { Status } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { RunStrip } from "./overview.tsx";
import { CaseList, HiddenCase } from "./suite-cases.tsx";

export type SuitePageProps = {
  suite: Suite;
  project: Project;
  environments: readonly Environment[];
  /** What the saved suite would run. */
  cases: readonly TestCaseSummary[];
  /** What could be added to the list. */
  candidates: readonly TestCaseSummary[];
  /** What each browser can run of the saved suite. */
  support: readonly BrowserSupport[];
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
            <MatrixWords suite={suite} project={project} />
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
            <a class="btn btn-quiet" href={`/projects/${project.id}/schedules/new?suite=${suite.id}`}>
              Schedule
            </a>
          ) : null}
          {writes ? (
            <ActionButton
              action={`${path}/delete`}
              label="Delete"
              icon="trash"
              look="quiet"
              confirm={`Delete the suite “${visibleText(suite.name)}”? Its test cases and runs stay; schedules that run it fail from then on.`}
            />
          ) : null}
          {starts && suite.caseCount > 0 ? (
            <>
              <ActionButton action={`${path}/run`} label="Run suite" icon="play" look="primary" />
              <StartMenu
                action={`${path}/run`}
                draft={matrixDraftOf(suite.browsers, suite.viewports)}
                support={props.support}
              />
            </>
          ) : null}
        </div>
      </div>
      {props.saved ? <Note tone="passed" title="Saved." role="status" /> : null}
      {props.fault ? <FormErrors title={props.fault} errors={props.errors} /> : null}
      {draft.dirty && !props.fault && starts ? (
        <Note tone="flaky" title="Not saved yet: “Run suite” runs what is saved." role="status" icon="edit" />
      ) : null}
      <WouldSkip suite={suite} support={props.support} />
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

/** In words where it is one browser on one screen, as a number with its factors where it is more. */
function MatrixWords({ suite, project }: { suite: Suite; project: { device: string | null } }) {
  const { browsers, viewports } = suite;
  const cells = screensFor({ browsers }, project, viewports);
  const titles = cells.map(cellTitle).join(", ");
  const [only] = cells;
  if (cells.length === 1 && only) return <span class="dim">{cellTitle(only)}</span>;
  return (
    <span class="dim" title={titles}>
      {plural(browsers.length, "browser")} × {plural(viewports.length, "screen")}
    </span>
  );
}

/** Where it runs: folded away where it is one browser on one screen, as most suites begin. */
function Matrix({ suite, project, draft, support, errors }: SuitePageProps) {
  const { browsers, sizes, otherSizes } = draft.matrix;
  const isOne = browsers.length === 1 && sizes.length === 1 && otherSizes.trim() === "";
  const isFaulty = [...errorsAt(errors, "browsers"), ...errorsAt(errors, "viewports")].length > 0;
  return (
    <details class="more wide" id="matrix" open={!isOne || isFaulty} data-keep-open>
      <summary>
        <Icon name="expand" />
        Browsers and screens
        <MatrixWords suite={suite} project={project} />
      </summary>
      <div class="stacked">
        <MatrixFields draft={draft.matrix} support={support} errors={errors} scope="suite" />
      </div>
    </details>
  );
}

/** What a start would skip, said before it is started. */
function WouldSkip({ suite, support }: { suite: Suite; support: readonly BrowserSupport[] }) {
  const limited = support.filter(({ browser, skipped }) => suite.browsers.includes(browser) && skipped > 0);
  return (
    <>
      {limited.map(({ browser, cases, skipped, unsupported }) => (
        <Note
          tone="flaky"
          icon="skipped"
          title={`${browserTitles[browser]} will skip ${skipped} of ${plural(cases + skipped, "test case")}: it can't do some of their steps.`}
        >
          <WhyNot unsupported={unsupported} isOne={false} />
        </Note>
      ))}
    </>
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
      <button class="sr" type="submit" name="op" value="find" tabindex={-1}>
        Take over what is written
      </button>
      <div class="panel panel-pad fields">
        <TextField
          name="name"
          label="Name"
          value={draft.name}
          errors={errors}
          required
          maxlength={200}
          wide
        />
        <TextField
          name="description"
          label="Description"
          value={draft.description}
          errors={errors}
          area
          wide
        />
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
        <Matrix {...props} />
        <fieldset class="field wide">
          <legend>Test cases</legend>
          <div class="check-row">
            <label class="check">
              <input type="radio" name="mode" value="list" checked={draft.mode === "list"} data-submit />A
              list in an order
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

function SuiteReader({ cases, suite }: SuitePageProps) {
  if (cases.length === 0)
    return <Empty title="No test cases chosen">Members of the organization choose them.</Empty>;
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

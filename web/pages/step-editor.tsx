import type { FieldError } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import { priorities, testCaseStatuses } from "../../db/domain/states.ts";
import type { StepGroup } from "../../db/domain/steps/definition.ts";
import { definitionOf, stepTypes } from "../../db/domain/steps/index.ts";
import type { Draft } from "../forms/draft.ts";
import type { DraftStep } from "../forms/step-fields.ts";
import { StepForm } from "../forms/step-form.tsx";
import { Empty, FormErrors, Note } from "../parts/bits.tsx";
import { SelectField, TextField } from "../parts/field.tsx";
import { plural } from "../parts/figures.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { StepLine } from "../parts/step-line.tsx";

export type EditorProps = {
  testCaseId: string;
  draft: Draft;
  errors: readonly FieldError[];
  raw: Record<string, string>;
  /** Something about the whole form: a refusal, a conflict. */
  fault: { title: string; conflictWith: number | null } | null;
  saved: number | null;
};

/**
 * The steps, one line each, with the form of the open one beneath it. All of the draft is in this form; every button sends
 * it and the answer is the same form, one click further.
 */
export function StepEditor(props: EditorProps) {
  const { testCaseId, draft, errors, fault, saved } = props;
  const action = `/test-cases/${testCaseId}/edit`;
  return (
    <form
      class="editor section"
      id="editor"
      method="post"
      action={action}
      hx-post={action}
      hx-swap="outerHTML"
      hx-sync="this:replace"
      data-editor
      data-dirty={draft.dirty ? "true" : undefined}
    >
      {/* What the Enter key means in a field: take what is written, stay here. */}
      <button class="sr" type="submit" name="op" value="keep" tabindex={-1} aria-hidden="true" />
      <input type="hidden" name="expectedVersion" value={String(draft.expectedVersion)} />
      <input type="hidden" name="open" value={draft.open === null ? "" : String(draft.open)} />
      {saved !== null ? <Note tone="passed" title={`Saved as version ${saved}.`} role="status" /> : null}
      {fault ? <Refusal testCaseId={testCaseId} draft={draft} fault={fault} errors={errors} /> : null}
      <Details draft={draft} errors={errors} />
      <StepList {...props} />
      <SaveBar testCaseId={testCaseId} draft={draft} errors={errors} />
    </form>
  );
}

type Fault = NonNullable<EditorProps["fault"]>;
type RefusalProps = { testCaseId: string; draft: Draft; fault: Fault; errors: readonly FieldError[] };

function Refusal({ testCaseId, draft, fault, errors }: RefusalProps) {
  if (fault.conflictWith === null) return <FormErrors title={fault.title} errors={errors} />;
  return (
    <Note tone="flaky" title={fault.title} role="alert" icon="error">
      <p>Nothing of yours is lost: it is still here and not saved.</p>
      <p class="actions">
        <a
          href={`/test-cases/${testCaseId}/versions?version=${fault.conflictWith}&against=${draft.expectedVersion}`}
          target="_blank"
          rel="noopener"
        >
          See what was changed
        </a>
        <button class="btn btn-small" type="submit" name="op" value={`overwrite:${fault.conflictWith}`}>
          Save mine on top of it
        </button>
        <a href={`/test-cases/${testCaseId}`}>Throw mine away</a>
      </p>
    </Note>
  );
}

function Details({ draft, errors }: { draft: Draft; errors: readonly FieldError[] }) {
  const hasErrors = errors.some((error) => !error.path.startsWith("steps"));
  const option = (value: string) => ({ value, label: value });
  return (
    <details class="panel details" open={hasErrors} data-keep-open id="case-details">
      <summary>
        <Icon name="expand" />
        Name, description, tags, priority
      </summary>
      <div class="panel-pad fields">
        <TextField name="name" label="Name" value={draft.name} errors={errors} required maxlength={200} wide />
        <TextField name="description" label="Description" value={draft.description} errors={errors} area wide />
        <TextField
          name="expectedResult"
          label="Expected result"
          value={draft.expectedResult}
          errors={errors}
          hint="What a person would say has to be true at the end"
          area
          wide
        />
        <TextField name="group" label="Group" value={draft.group} errors={errors} maxlength={100} />
        <TextField name="tags" label="Tags" value={draft.tags} errors={errors} hint="Separated by spaces" />
        <SelectField name="priority" label="Priority" value={draft.priority} errors={errors} options={priorities.map(option)} />
        <SelectField name="status" label="Status" value={draft.status} errors={errors} options={testCaseStatuses.map(option)} />
      </div>
    </details>
  );
}

function StepList({ draft, errors, raw }: EditorProps) {
  return (
    <section class="section" aria-labelledby="steps-title">
      <div class="section-head">
        <h2 id="steps-title">{plural(draft.steps.length, "step")}</h2>
        <AddStep at={draft.steps.length} label="Add step" />
      </div>
      {draft.steps.length === 0 ? (
        <Empty title="No steps yet">
          Most test cases begin with “Open address”, act on the page, and end with an expectation. Choose “Add step”.
        </Empty>
      ) : (
        <ol class="edit-steps panel">
          {draft.steps.map((step, index) => (
            <EditStep
              step={step}
              index={index}
              count={draft.steps.length}
              isOpen={draft.open === index}
              errors={stepErrors(errors, index)}
              raw={draft.open === index ? raw : {}}
              spare={draft.spare}
            />
          ))}
        </ol>
      )}
    </section>
  );
}

/** The faults of one step, with paths from inside it. */
function stepErrors(errors: readonly FieldError[], index: number): FieldError[] {
  const prefix = `steps.${index}`;
  return errors
    .filter((error) => error.path === prefix || error.path.startsWith(`${prefix}.`))
    .map((error) => ({ ...error, path: error.path.slice(prefix.length + 1) }));
}

type EditStepProps = {
  step: DraftStep;
  index: number;
  count: number;
  isOpen: boolean;
  errors: readonly FieldError[];
  raw: Record<string, string>;
  spare: string | null;
};

function EditStep({ step, index, count, isOpen, errors, raw, spare }: EditStepProps) {
  const name = `${errors.length > 0 ? " has-error" : ""}${isOpen ? " is-open" : ""}${step.disabled === true ? " is-off" : ""}`;
  return (
    <li class={`edit-step${name}`} data-step={String(index)} id={`step-${index + 1}`}>
      <input type="hidden" name="step" value={JSON.stringify(step)} />
      <div class="edit-row">
        <span class="grip" draggable={true} title="Drag to another place" aria-hidden="true">
          <Icon name="grip" />
        </span>
        <button
          class="edit-open"
          id={`open-${index}`}
          type="submit"
          name="op"
          value={`open:${index}`}
          aria-expanded={isOpen ? "true" : "false"}
          data-step-button
        >
          <span class="step-no">{index + 1}</span>
          <StepLine step={step} />
          {errors.length > 0 ? (
            <span class="status t-failed small">
              <Icon name="failed" />
              {plural(errors.length, "fault")}
            </span>
          ) : null}
        </button>
        <StepActions index={index} count={count} disabled={step.disabled === true} />
      </div>
      {isOpen ? <StepForm step={step} errors={errors} raw={raw} spare={spare} /> : null}
    </li>
  );
}

function StepActions({ index, count, disabled }: { index: number; count: number; disabled: boolean }) {
  const actions: (readonly [string, string, IconName, boolean])[] = [
    [`up:${index}`, "Move up (Alt ↑)", "up", index > 0],
    [`down:${index}`, "Move down (Alt ↓)", "down", index < count - 1],
    [`copy:${index}`, "Duplicate", "copy", true],
    [`toggle:${index}`, disabled ? "Enable" : "Disable", disabled ? "on" : "off", true],
    [`delete:${index}`, "Delete", "trash", true],
  ];
  return (
    <div class="edit-actions">
      {actions.map(([op, label, icon, isPossible]) => (
        <button
          class="btn btn-quiet btn-icon btn-small"
          type="submit"
          name="op"
          value={op}
          id={`${op.replace(":", "-")}`}
          title={label}
          disabled={!isPossible}
        >
          <Icon name={icon} />
          <span class="sr">
            {label}: step {index + 1}
          </span>
        </button>
      ))}
    </div>
  );
}

const groupTitles: Record<StepGroup, string> = {
  navigation: "Go",
  action: "Act",
  assertion: "Expect",
  data: "Data",
  network: "Network",
  flow: "Flow",
  environment: "Environment",
};

/** Every step type by group; choosing one puts it in and opens its form. */
function AddStep({ at, label }: { at: number; label: string }) {
  if (at >= limits.stepsPerCaseMax) {
    return <span class="dim">A test case has at most {limits.stepsPerCaseMax} steps</span>;
  }
  return (
    <details class="menu menu-end add-step" data-menu data-add-step>
      <summary class="btn">
        <Icon name="plus" />
        {label}
      </summary>
      <div class="menu-box add-box">
        {(Object.keys(groupTitles) as StepGroup[]).map((group) => (
          <fieldset>
            <legend class="menu-label">{groupTitles[group]}</legend>
            {stepTypes
              .map(definitionOf)
              .filter((step) => step.group === group)
              .map((step) => (
                <button type="submit" name="op" value={`add:${step.type}:${at}`} title={step.summary}>
                  {step.title}
                </button>
              ))}
          </fieldset>
        ))}
      </div>
    </details>
  );
}

function SaveBar({ testCaseId, draft, errors }: { testCaseId: string; draft: Draft; errors: readonly FieldError[] }) {
  return (
    <div class="save-bar panel">
      <TextField
        name="message"
        label="What changed"
        value={draft.message}
        errors={errors}
        placeholder="For the list of versions"
        maxlength={500}
      />
      <div class="actions">
        <span class="status t-flaky small dirty-mark">
          <Icon name="edit" />
          not saved
        </span>
        <a class="btn btn-quiet discard" href={`/test-cases/${testCaseId}`} data-discard>
          Discard
        </a>
        <button class="btn btn-primary" type="submit" name="op" value="save" data-save>
          Save as version {draft.expectedVersion + 1}
        </button>
      </div>
    </div>
  );
}

/** The same list for who may only read. */
export function StepReader({ draft }: { draft: Draft }) {
  if (draft.steps.length === 0) return <Empty title="No steps yet">Members of the organization add them.</Empty>;
  return (
    <div class="section">
      {draft.description ? <p class="prose">{draft.description}</p> : null}
      <ol class="edit-steps panel">
        {draft.steps.map((step, index) => (
          <li class={`edit-step${step.disabled === true ? " is-off" : ""}`} id={`step-${index + 1}`}>
            <div class="edit-row edit-open">
              <span class="step-no">{index + 1}</span>
              <StepLine step={step} />
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

import type { FieldError } from "../../db/domain/errors.ts";
import { priorities, testCaseStatuses } from "../../db/domain/states.ts";
import { branchTitle, shownPath } from "../../db/domain/step-tree.ts";
import type { CallableGroup } from "../../db/services/callable-groups.ts";
import type { Draft } from "../forms/draft.ts";
import type { DraftStep } from "../forms/step-fields.ts";
import { innerLists, pathOf } from "../forms/step-places.ts";
import { Empty, FormErrors, Note } from "../parts/bits.tsx";
import { SelectField, TextField } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { StepLine } from "../parts/step-line.tsx";
import { StepList } from "./step-list.tsx";

export type EditorProps = {
  testCaseId: string;
  projectId: string;
  /** The groups that its steps can call. */
  groups: readonly CallableGroup[];
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
      <button class="sr" type="submit" name="op" value="keep" tabindex={-1}>
        Take over what is written
      </button>
      <input type="hidden" name="expectedVersion" value={String(draft.expectedVersion)} />
      <input type="hidden" name="open" value={draft.open ?? ""} />
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
        <button
          class="btn btn-small"
          type="submit"
          name="op"
          value={`overwrite:${fault.conflictWith}`}
          data-save
        >
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
        <SelectField
          name="priority"
          label="Priority"
          value={draft.priority}
          errors={errors}
          options={priorities.map(option)}
        />
        <SelectField
          name="status"
          label="Status"
          value={draft.status}
          errors={errors}
          options={testCaseStatuses.map(option)}
        />
      </div>
    </details>
  );
}

function SaveBar({
  testCaseId,
  draft,
  errors,
}: {
  testCaseId: string;
  draft: Draft;
  errors: readonly FieldError[];
}) {
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
  if (draft.steps.length === 0)
    return <Empty title="No steps yet">Members of the organization add them.</Empty>;
  return (
    <div class="section">
      {draft.description ? <p class="prose">{draft.description}</p> : null}
      <ReadSteps steps={draft.steps} list="" />
    </div>
  );
}

function ReadSteps({ steps, list }: { steps: readonly DraftStep[]; list: string }) {
  return (
    <ol class={`edit-steps${list === "" ? " panel" : ""}`}>
      {steps.map((step, index) => {
        const path = pathOf({ list, index });
        return (
          <li
            class={`edit-step${step.disabled === true ? " is-off" : ""}`}
            id={`step-${shownPath(path).replaceAll(".", "-")}`}
          >
            <div class="edit-row edit-open">
              <span class="step-no">{index + 1}</span>
              <StepLine step={step} />
            </div>
            {innerLists(step)
              .filter((inner) => inner.steps.length > 0)
              .map(({ field, steps: own }) => (
                <section class="edit-inner" aria-label={`${field}: step ${shownPath(path)}`}>
                  <h3>{field === "steps" ? "In each round" : branchTitle(field)}</h3>
                  <ReadSteps steps={own} list={`${path}.${field}`} />
                </section>
              ))}
          </li>
        );
      })}
    </ol>
  );
}

import type { FieldError } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import type { StepGroup } from "../../db/domain/steps/definition.ts";
import { definitionOf, stepTypes } from "../../db/domain/steps/index.ts";
import type { DraftStep } from "../forms/step-fields.ts";
import { StepForm } from "../forms/step-form.tsx";
import { Empty } from "../parts/bits.tsx";
import { plural } from "../parts/figures.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { StepLine } from "../parts/step-line.tsx";
import type { EditorProps } from "./step-editor.tsx";

/** One line for each step, and the form of the open one beneath its line. */
export function StepList({ draft, errors, raw }: EditorProps) {
  return (
    <section class="section" aria-labelledby="steps-title">
      <div class="section-head">
        <h2 id="steps-title">{plural(draft.steps.length, "step")}</h2>
        <AddStep at={draft.steps.length} label="Add step" />
      </div>
      {draft.steps.length === 0 ? (
        <Empty title="No steps yet">
          Most test cases begin with “Open address”, act on the page, and end with an expectation. Choose “Add
          step”.
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

/** Projects have no reusable groups yet, so a call of one could only fail. */
const notOffered = "group";

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
              .filter((step) => step.group === group && step.type !== notOffered)
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

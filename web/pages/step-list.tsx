import type { FieldError } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import { branchTitle, shownPath } from "../../db/domain/step-tree.ts";
import type { StepGroup } from "../../db/domain/steps/definition.ts";
import { definitionOf, stepTypes } from "../../db/domain/steps/index.ts";
import type { Draft } from "../forms/draft.ts";
import type { DraftStep } from "../forms/step-fields.ts";
import { StepForm } from "../forms/step-form.tsx";
import {
  countSteps,
  depthOf,
  fits,
  innerLists,
  type Place,
  pathOf,
  placeInside,
  placeOutside,
  stepAt,
} from "../forms/step-places.ts";
import { Empty } from "../parts/bits.tsx";
import { FieldErrors } from "../parts/field.tsx";
import { plural } from "../parts/figures.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { StepLine } from "../parts/step-line.tsx";
import type { EditorProps } from "./step-editor.tsx";

/** One line for each step, and the form of the open one beneath its line; steps inside of others stand beneath them. */
export function StepList({ draft, errors, raw, groups, projectId }: EditorProps) {
  const count = countSteps(draft.steps);
  const lists = innerListCount(draft.steps);
  const scope = { draft, errors, raw, groups, projectId, offersAll: lists <= menusMax };
  return (
    <section class="section" aria-labelledby="steps-title">
      <div class="section-head">
        <h2 id="steps-title">
          {plural(draft.steps.length, "step")}
          {count > draft.steps.length ? <span class="dim">, {count} with those inside</span> : null}
        </h2>
        <AddStep place={{ list: "", index: draft.steps.length }} label="Add step" count={count} />
      </div>
      {draft.steps.length === 0 ? (
        <Empty title="No steps yet">
          Most test cases begin with “Open address”, act on the page, and end with an expectation. Choose “Add
          step”.
        </Empty>
      ) : (
        <Steps list="" steps={draft.steps} scope={scope} />
      )}
    </section>
  );
}

/** With more lists inside of steps than this, only the one that is worked on offers every type of step. */
const menusMax = 12;

type Scope = Pick<EditorProps, "draft" | "errors" | "raw" | "groups" | "projectId"> & { offersAll: boolean };

function innerListCount(steps: readonly DraftStep[]): number {
  return steps.flatMap(innerLists).reduce((sum, { steps: own }) => sum + 1 + innerListCount(own), 0);
}

function Steps({ list, steps, scope }: { list: string; steps: readonly DraftStep[]; scope: Scope }) {
  return (
    <ol class={`edit-steps${list === "" ? " panel" : ""}`}>
      {steps.map((step, index) => (
        <EditStep step={step} place={{ list, index }} count={steps.length} scope={scope} />
      ))}
    </ol>
  );
}

/** The faults of one step, with paths from inside it; those of the steps inside of it are theirs. */
function stepErrors(errors: readonly FieldError[], path: string, step: DraftStep): FieldError[] {
  const prefix = `steps.${path}`;
  const { nested } = definitionOf(step.type);
  return errors
    .filter((error) => error.path === prefix || error.path.startsWith(`${prefix}.`))
    .map((error) => ({ ...error, path: error.path.slice(prefix.length + 1) }))
    .filter((error) => !nested.some((field) => error.path.startsWith(`${field}.`)));
}

/** A part of an id for the way to a step. */
function idPart(path: string): string {
  return path.replaceAll(".", "-");
}

type EditStepProps = { step: DraftStep; place: Place; count: number; scope: Scope };

function EditStep({ step, place, count, scope }: EditStepProps) {
  const { draft } = scope;
  const path = pathOf(place);
  const isOpen = draft.open === path;
  const errors = stepErrors(scope.errors, path, step);
  const name = `${errors.length > 0 ? " has-error" : ""}${isOpen ? " is-open" : ""}${step.disabled === true ? " is-off" : ""}`;
  return (
    <li class={`edit-step${name}`} data-step={path} id={`step-${idPart(shownPath(path))}`}>
      {place.list === "" ? <input type="hidden" name="step" value={JSON.stringify(step)} /> : null}
      <div class="edit-row">
        <span class="grip" draggable={true} title="Drag to another place" aria-hidden="true">
          <Icon name="grip" />
        </span>
        <button
          class="edit-open"
          id={`open-${idPart(path)}`}
          type="submit"
          name="op"
          value={`open:${path}`}
          aria-expanded={isOpen ? "true" : "false"}
          data-step-button
        >
          <span class="step-no">{place.index + 1}</span>
          <StepLine step={step} />
          {errors.length > 0 ? (
            <span class="status t-failed small">
              <Icon name="failed" />
              {plural(errors.length, "fault")}
            </span>
          ) : null}
        </button>
        <StepActions draft={draft} place={place} count={count} disabled={step.disabled === true} />
      </div>
      {isOpen ? (
        <StepForm
          step={step}
          errors={errors}
          raw={scope.raw}
          spare={draft.spare}
          groups={scope.groups}
          projectId={scope.projectId}
        />
      ) : null}
      {innerLists(step).map(({ field, steps }) => (
        <InnerSteps field={field} path={path} steps={steps} errors={errors} scope={scope} />
      ))}
    </li>
  );
}

type InnerProps = {
  field: string;
  path: string;
  steps: readonly DraftStep[];
  errors: readonly FieldError[];
  scope: Scope;
};

/** A list of steps inside of a step: a branch, or what is repeated. */
function InnerSteps({ field, path, steps, errors, scope }: InnerProps) {
  const { draft, offersAll } = scope;
  const list = `${path}.${field}`;
  const place = { list, index: steps.length };
  const isNear = draft.open === path || draft.open?.startsWith(`${list}.`) === true;
  const title = field === "steps" ? "In each round" : branchTitle(field);
  return (
    <section class="edit-inner" aria-label={`${title}: step ${shownPath(path)}`}>
      <div class="edit-inner-head">
        <h3>{title}</h3>
        {offersAll || isNear ? (
          <AddStep
            place={place}
            label={`Add to “${title}”`}
            count={countSteps(draft.steps)}
            isDeep={depthOf(list) >= limits.stepDepthMax}
          />
        ) : (
          <button class="btn btn-small btn-quiet" type="submit" name="op" value={`open:${path}`}>
            <Icon name="plus" />
            Add
          </button>
        )}
      </div>
      <FieldErrors id={`e-${idPart(list)}`} errors={errors.filter((error) => error.path === field)} />
      {steps.length > 0 ? <Steps list={list} steps={steps} scope={scope} /> : null}
    </section>
  );
}

type ActionsProps = { draft: Draft; place: Place; count: number; disabled: boolean };

function StepActions({ draft, place, count, disabled }: ActionsProps) {
  const { index } = place;
  const path = pathOf(place);
  const step = stepAt(draft.steps, path);
  const inside = placeInside(draft.steps, place);
  const outside = placeOutside(place);
  const goesIn = inside !== null && step !== null && fits(draft.steps, step, inside.list, false);
  const actions: (readonly [string, string, IconName, boolean, Place?])[] = [
    ["up", "Move up (Alt ↑)", "up", index > 0],
    ["down", "Move down (Alt ↓)", "down", index < count - 1],
    ...(goesIn ? [["in", "Move into the step before it (Alt →)", "right", true, inside] as const] : []),
    ...(outside ? [["out", "Move out of the step around it (Alt ←)", "left", true, outside] as const] : []),
    ["copy", "Duplicate", "copy", true],
    ["toggle", disabled ? "Enable" : "Disable", disabled ? "on" : "off", true],
    ["delete", "Delete", "trash", true],
  ];
  return (
    <div class="edit-actions">
      {actions.map(([verb, label, icon, isPossible, to]) => (
        <button
          class="btn btn-quiet btn-icon btn-small"
          type="submit"
          name="op"
          value={`${verb}:${path}`}
          id={`${verb}-${idPart(path)}`}
          title={label}
          disabled={!isPossible}
          data-to={to && idPart(pathOf(to))}
        >
          <Icon name={icon} />
          <span class="sr">
            {label}: step {shownPath(path)}
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

type AddProps = { place: Place; label: string; count: number; isDeep?: boolean };

/** Every step type by group; choosing one puts it in and opens its form. Where it is too deep, none that holds steps. */
function AddStep({ place, label, count, isDeep = false }: AddProps) {
  if (count >= limits.stepsPerCaseMax) {
    return <span class="dim">A test case has at most {limits.stepsPerCaseMax} steps</span>;
  }
  return (
    <details class="menu menu-end add-step" data-menu data-add-step>
      <summary class={place.list === "" ? "btn" : "btn btn-small btn-quiet"}>
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
              .filter((step) => !isDeep || step.nested.length === 0)
              .map((step) => (
                <button
                  type="submit"
                  name="op"
                  value={`add:${step.type}:${pathOf(place)}`}
                  title={step.summary}
                >
                  {step.title}
                </button>
              ))}
          </fieldset>
        ))}
      </div>
    </details>
  );
}

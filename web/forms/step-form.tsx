import type { FieldError } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import { limitsOf } from "../../db/domain/steps/browser-support.ts";
import { definitionOf } from "../../db/domain/steps/index.ts";
import type { CallableGroup } from "../../db/services/callable-groups.ts";
import { areaText, describedBy, errorsAt, Field, FieldErrors, Options } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { callFields } from "./group-call.ts";
import { CallParameters, GroupChoice } from "./group-form.tsx";
import {
  controlNames,
  type DraftStep,
  type FieldValue,
  fieldsOf,
  fieldValue,
  type StepField,
} from "./step-fields.ts";

type Props = {
  step: DraftStep;
  /** Faults of the step, with paths from inside it (`target.1`); the empty path is the step as a whole. */
  errors: readonly FieldError[];
  raw: Record<string, string>;
  spare: string | null;
  /** What a call can call. */
  groups: readonly CallableGroup[];
  projectId: string;
};

/** The form of one step, made from its definition: what it needs first, then what it may have. */
export function StepForm({ step, errors, raw, spare, groups, projectId }: Props) {
  const definition = definitionOf(step.type);
  const { summary } = definition;
  const isCall = step.type === "group";
  // What a call has fields of its own for; values that no such field can hold stay JSON.
  const called = isCall && raw.with === undefined && callFields(step, null) !== null;
  const own = isCall ? ["group", ...(called ? ["with"] : [])] : [];
  const fields = fieldsOf(step.type).filter(({ name }) => !own.includes(name));
  const isFirst = (field: StepField) => field.required || (!field.common && isShown(field));
  const isShown = (field: StepField) =>
    step[field.name] !== undefined || errorsAt(errors, field.name).length > 0;
  const first = fields.filter(isFirst);
  const more = fields.filter((field) => !isFirst(field));
  const control = (field: StepField) => (
    <StepControl
      field={field}
      step={step}
      errors={errors}
      raw={raw[field.name]}
      spare={spare === field.name}
    />
  );
  const whole = errors.filter((error) => error.path === "");
  return (
    <div class="step-form">
      <p class="hint wide">{[summary, ...limitsOf(definition).map((text) => `${text}.`)].join(" ")}</p>
      <FieldErrors id="f-step" errors={whole} />
      {isCall ? (
        <div class="fields">
          <GroupChoice step={step} groups={groups} projectId={projectId} errors={errors} />
          {called ? (
            <CallParameters step={step} groups={groups} projectId={projectId} errors={errors} />
          ) : null}
        </div>
      ) : null}
      {first.length > 0 ? <div class="fields">{first.map(control)}</div> : null}
      {more.length > 0 ? (
        <details
          class="more"
          open={(first.length === 0 && !isCall) || whole.length > 0 || more.some(isShown)}
        >
          <summary>
            <Icon name="expand" />
            More options
          </summary>
          <div class="fields">{more.map(control)}</div>
        </details>
      ) : null}
    </div>
  );
}

type ControlProps = {
  field: StepField;
  step: DraftStep;
  errors: readonly FieldError[];
  raw: string | undefined;
  spare: boolean;
};

function StepControl({ field, step, errors, raw, spare }: ControlProps) {
  const known: FieldValue =
    raw === undefined ? fieldValue(field, step[field.name]) : { field, control: "json", values: [raw] };
  const faults = errorsAt(errors, field.name);
  const shared = { value: known, errors: faults };
  switch (known.control) {
    case "boolean":
      return <BooleanControl {...shared} />;
    case "checks":
      return <ChecksControl {...shared} />;
    case "ranked":
    case "texts":
      return <ListControl {...shared} spare={spare} />;
    default:
      return <SingleControl {...shared} />;
  }
}

type ValueProps = { value: FieldValue; errors: readonly FieldError[] };

function BooleanControl({ value: { field, values }, errors }: ValueProps) {
  const name = controlNames(field).values;
  const id = `f-${field.name}`;
  return (
    <div class="field">
      <label class="check" for={id}>
        <input
          type="checkbox"
          id={id}
          name={name}
          value="true"
          checked={values[0] === "true"}
          aria-describedby={`${id}-hint`}
        />
        <span>
          {field.title}
          <span class="hint block" id={`${id}-hint`}>
            {field.hint}
          </span>
        </span>
      </label>
      <FieldErrors id={id} errors={errors} />
    </div>
  );
}

function ChecksControl({ value: { field, values }, errors }: ValueProps) {
  const name = controlNames(field).values;
  return (
    <fieldset class="field">
      <legend>{field.title}</legend>
      <div class="check-row">
        {field.choices.map((choice) => (
          <label class="check">
            <input type="checkbox" name={name} value={choice} checked={values.includes(choice)} />
            {choice}
          </label>
        ))}
      </div>
      <FieldErrors id={`f-${field.name}`} errors={errors} />
      <p class="hint">{field.hint}</p>
    </fieldset>
  );
}

/** Locators in order of preference (or texts): a row each, its place in front, faults under the row that they are about. */
function ListControl({ value: { field, control, values }, errors, spare }: ValueProps & { spare: boolean }) {
  const rows = values.length === 0 ? [""] : spare ? [...values, ""] : values;
  const isRanked = control === "ranked";
  const id = `f-${field.name}`;
  return (
    <fieldset class="field wide">
      <legend>
        {field.title}
        {field.required ? null : <span class="dim"> (optional)</span>}
      </legend>
      <ol class="ranked">
        {rows.map((row, index) => {
          const rowId = `${id}-${index}`;
          const faults = errors.filter(
            (error) => error.path === `${field.name}.${index}` || (index === 0 && error.path === field.name),
          );
          return (
            <li>
              <span class="rank" aria-hidden="true">
                {index + 1}
              </span>
              <div class="field">
                <input
                  class="input mono"
                  id={rowId}
                  name={controlNames(field).values}
                  value={row}
                  autocomplete="off"
                  spellcheck={false}
                  autofocus={spare && index === rows.length - 1}
                  aria-label={
                    isRanked ? `${field.title}: locator ${index + 1}` : `${field.title} ${index + 1}`
                  }
                  placeholder={isRanked ? 'role=button[name="Sign in"]' : ""}
                  {...describedBy(rowId, false, faults)}
                />
                <FieldErrors id={rowId} errors={faults} />
              </div>
              {isRanked && index > 0 ? (
                <button
                  class="btn btn-quiet btn-icon"
                  type="submit"
                  name="op"
                  value={`rank:${field.name}:${index}`}
                  title="Try this one earlier"
                >
                  <Icon name="up" />
                  <span class="sr">Try locator {index + 1} earlier</span>
                </button>
              ) : null}
            </li>
          );
        })}
      </ol>
      <p class="hint">
        {field.hint}. {rows.length > 1 ? "Empty a row to take it away. " : null}
        {rows.length < (isRanked ? limits.locatorsPerTargetMax : 20) ? (
          <button class="link" type="submit" name="op" value={`spare:${field.name}`}>
            {isRanked ? "Add an alternative" : "Add another"}
          </button>
        ) : null}
      </p>
    </fieldset>
  );
}

function SingleControl({ value: { field, control, values }, errors }: ValueProps) {
  const names = controlNames(field);
  const id = `f-${field.name}`;
  const attributes = { id, name: names.values, ...describedBy(id, field.hint !== "", errors) };
  const value = values[0] ?? "";
  const isArea = control === "multiline" || control === "json";
  const switched = control !== field.control;
  return (
    <Field
      id={id}
      label={field.required || field.common ? field.title : `${field.title} (optional)`}
      hint={switched && control === "json" ? `${field.hint}. Written as JSON.` : field.hint}
      errors={errors}
      wide={isArea || ["url", "script", "function"].includes(field.name)}
    >
      {switched ? <input type="hidden" name={names.control} value={control} /> : null}
      {isArea ? (
        <textarea class="area mono" rows={control === "json" ? 3 : 2} spellcheck={false} {...attributes}>
          {areaText(value)}
        </textarea>
      ) : control === "choice" ? (
        <select class="select" {...attributes}>
          <Options
            value={value}
            options={[
              ...(field.required ? [] : [{ value: "", label: "-" }]),
              ...field.choices.map((choice) => ({ value: choice, label: choice })),
            ]}
          />
        </select>
      ) : (
        <input
          class={`input${control === "number" || field.name === "name" ? "" : " mono"}`}
          inputmode={control === "number" ? "decimal" : undefined}
          value={value}
          autocomplete="off"
          spellcheck={false}
          {...attributes}
        />
      )}
    </Field>
  );
}

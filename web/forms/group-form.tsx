import type { FieldError } from "../../db/domain/errors.ts";
import type { CallableGroup } from "../../db/services/callable-groups.ts";
import { areaText, describedBy, errorsAt, Field, Options } from "../parts/field.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";
import { type CallField, callControl, callFields, parameterNames } from "./group-call.ts";
import { controlNames, type DraftStep, fieldsOf } from "./step-fields.ts";

type Props = {
  step: DraftStep;
  groups: readonly CallableGroup[];
  projectId: string;
  errors: readonly FieldError[];
};

/** The groups of the project to choose from; choosing one brings the fields of its parameters. */
export function GroupChoice({ step, groups, projectId, errors }: Props) {
  const field = fieldsOf("group").find(({ name }) => name === "group");
  const chosen = String(step.group ?? "");
  const group = groups.find(({ name }) => name === chosen);
  const faults = errorsAt(errors, "group");
  if (!field) return null;
  const missing = chosen !== "" && !group;
  return (
    <Field
      id="f-called-group"
      label={field.title}
      errors={faults}
      hint={
        group ? (
          <a href={`/projects/${projectId}/groups/${group.id}`} target="_blank" rel="noopener">
            Its steps
          </a>
        ) : groups.length === 0 ? (
          <a href={`/projects/${projectId}/groups/new`} target="_blank" rel="noopener">
            The project has no group yet: write one
          </a>
        ) : null
      }
    >
      <select
        class="select"
        id="f-called-group"
        name={controlNames(field).values}
        data-submit
        {...describedBy("f-called-group", group !== undefined || groups.length === 0, faults)}
      >
        <Options
          value={chosen}
          options={[
            { value: "", label: "Choose a group" },
            ...(missing ? [{ value: chosen, label: `${visibleText(chosen)} (there is no such group)` }] : []),
            ...groups.map(({ name }) => ({ value: name, label: visibleText(name) })),
          ]}
        />
      </select>
      <noscript>
        <button class="btn btn-small" type="submit" name="op" value="keep">
          Show its parameters
        </button>
      </noscript>
    </Field>
  );
}

/** A field for each parameter; null where what is written fits into none, and is shown as JSON. */
export function CallParameters({ step, groups, errors }: Props) {
  const group = groups.find(({ name }) => name === step.group) ?? null;
  const fields = callFields(step, group);
  if (!fields) return null;
  return (
    <>
      <input type="hidden" name={callControl.name} value={callControl.value} />
      {fields.map((field) => (
        <Parameter field={field} errors={errorsAt(errors, `with.${field.name}`)} />
      ))}
      {group && fields.length === 0 ? <p class="hint">It has no parameters.</p> : null}
    </>
  );
}

function Parameter({ field, errors }: { field: CallField; errors: readonly FieldError[] }) {
  const { name, value } = field;
  const id = `f-with-${name}`;
  const attributes = { id, name: parameterNames.value, ...describedBy(id, true, errors) };
  return (
    <Field id={id} label={name} errors={errors} hint={hintOf(field)} wide={value.includes("\n")}>
      <input type="hidden" name={parameterNames.name} value={name} />
      {value.includes("\n") ? (
        <textarea class="area mono" rows={2} spellcheck={false} {...attributes}>
          {areaText(value)}
        </textarea>
      ) : (
        <input
          class="input mono"
          value={value}
          placeholder={field.default === null ? "" : visibleText(field.default)}
          autocomplete="off"
          spellcheck={false}
          {...attributes}
        />
      )}
    </Field>
  );
}

function hintOf(field: CallField) {
  if (!field.isKnown) return "The group has no such parameter: empty it to take it away.";
  if (field.default === null) return "Needs a value.";
  return (
    <>
      Without a value: <code>{field.default === "" ? "nothing" : <Text of={field.default} />}</code>
    </>
  );
}

import type { FieldError } from "../../db/domain/errors.ts";
import type { Project } from "../../db/domain/resources.ts";
import { priorities } from "../../db/domain/states.ts";
import { FormErrors } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { SelectField, TextField } from "../parts/field.tsx";

export type NewTestCaseValues = { name: string; group: string; tags: string; priority: string };

type Props = { project: Project; values: NewTestCaseValues; errors: readonly FieldError[]; fault?: string };

export function NewTestCase({ project, values, errors, fault }: Props) {
  const base = `/projects/${project.id}`;
  return (
    <>
      <div class="head-text">
        <Crumbs items={[[`${base}/test-cases`, "Test cases"]]} />
        <h1>New test case</h1>
      </div>
      <form class="form panel panel-pad" method="post" action={`${base}/test-cases`}>
        {fault ? (
          <FormErrors title={errors.length > 0 ? "The test case was not created" : fault} errors={[]} />
        ) : null}
        <TextField
          name="name"
          label="Name"
          value={values.name}
          errors={errors}
          hint="What somebody can do, in their words: “Checkout pays with a saved card”."
          required
          maxlength={200}
          autofocus
        />
        <div class="fields">
          <TextField
            name="group"
            label="Group"
            value={values.group}
            errors={errors}
            hint="Such as Checkout"
            maxlength={100}
          />
          <TextField
            name="tags"
            label="Tags"
            value={values.tags}
            errors={errors}
            hint="Separated by spaces: smoke login"
          />
          <SelectField
            name="priority"
            label="Priority"
            value={values.priority}
            errors={errors}
            options={priorities.map((value) => ({ value, label: value }))}
          />
        </div>
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            Create and add steps
          </button>
          <a class="btn" href={`${base}/import`}>
            Import a recording instead
          </a>
          <a class="btn btn-quiet" href={`${base}/test-cases`}>
            Cancel
          </a>
        </div>
      </form>
    </>
  );
}

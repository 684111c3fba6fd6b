import type { FieldError } from "../../db/domain/errors.ts";
import type { Project } from "../../db/domain/resources.ts";
import { FormErrors } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { TextField } from "../parts/field.tsx";

type Props = {
  project: Project;
  name: string;
  description: string;
  errors: readonly FieldError[];
  fault: string | null;
};

export function NewSuite({ project, name, description, errors, fault }: Props) {
  const base = `/projects/${project.id}/suites`;
  return (
    <>
      <div class="head-text">
        <Crumbs items={[[base, "Suites"]]} />
        <h1>New suite</h1>
      </div>
      <form class="form panel panel-pad" method="post" action={base}>
        {fault ? (
          <FormErrors title={errors.length > 0 ? "The suite was not created" : fault} errors={[]} />
        ) : null}
        <TextField
          name="name"
          label="Name"
          value={name}
          errors={errors}
          hint="Such as Smoke, or Nightly"
          required
          maxlength={200}
          autofocus
        />
        <TextField name="description" label="Description" value={description} errors={errors} area />
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            Create and choose test cases
          </button>
          <a class="btn btn-quiet" href={base}>
            Cancel
          </a>
        </div>
      </form>
    </>
  );
}

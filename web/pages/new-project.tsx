import type { FieldError } from "../../db/domain/errors.ts";
import type { Organization } from "../../db/domain/resources.ts";
import { Empty, FormErrors } from "../parts/bits.tsx";
import { SelectField, TextField } from "../parts/field.tsx";

type Props = {
  organizations: readonly Organization[];
  values: { name?: string; baseUrl?: string; organizationId?: string };
  errors: readonly FieldError[];
  fault?: string;
};

export function NewProject({ organizations, values, errors, fault }: Props) {
  const usable = organizations.filter(({ role }) => role === "owner" || role === "admin");
  const only = usable.length === 1 ? usable[0] : undefined;
  if (usable.length === 0) {
    return (
      <>
        <h1>New project</h1>
        <Empty title="You can't create a project">
          Owners and admins of an organization create projects. Ask one of yours to do it, or to change your
          role.
        </Empty>
      </>
    );
  }
  return (
    <>
      <h1>New project</h1>
      <form class="form panel panel-pad" method="post" action="/projects">
        {fault ? (
          <FormErrors title={errors.length > 0 ? "The project was not created" : fault} errors={[]} />
        ) : null}
        <TextField
          name="name"
          label="Name"
          value={values.name ?? ""}
          errors={errors}
          required
          maxlength={200}
          autofocus
        />
        <TextField
          name="baseUrl"
          label="Base URL"
          value={values.baseUrl ?? ""}
          errors={errors}
          placeholder="https://shop.example.com"
          hint="Where the application under test is. Steps may then say /cart. It can be changed later, and differ per environment."
          mono
        />
        {only ? (
          <input type="hidden" name="organizationId" value={only.id} />
        ) : (
          <SelectField
            name="organizationId"
            label="Organization"
            value={values.organizationId ?? ""}
            options={usable.map(({ id, name }) => ({ value: id, label: name }))}
            errors={errors}
          />
        )}
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            Create project
          </button>
          <a class="btn btn-quiet" href="/projects">
            Cancel
          </a>
        </div>
      </form>
    </>
  );
}

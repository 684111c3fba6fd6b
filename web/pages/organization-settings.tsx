import type { FieldError } from "../../db/domain/errors.ts";
import type { Organization } from "../../db/domain/resources.ts";
import { TextField } from "../parts/field.tsx";
import { Text } from "../parts/text.tsx";

export type OrganizationSettingsProps = {
  organization: Organization;
  /** Whether the caller may change them. */
  updates: boolean;
  refused: {
    fault: string;
    errors: readonly FieldError[];
    values: { name: string; slug: string };
  } | null;
};

/** What an organization is called. */
export function OrganizationSettings({ organization, updates, refused }: OrganizationSettingsProps) {
  const { name, slug } = refused?.values ?? organization;
  if (!updates) {
    return (
      <dl class="facts">
        <dt>Name</dt>
        <dd>
          <Text of={name} />
        </dd>
        <dt>Short name</dt>
        <dd>
          <code>{slug}</code>
        </dd>
      </dl>
    );
  }
  const errors = refused?.errors ?? [];
  return (
    <form class="form panel panel-pad" method="post" action={`/organizations/${organization.id}/settings`}>
      <TextField name="name" label="Name" value={name} required maxlength={200} errors={errors} />
      <TextField
        name="slug"
        label="Short name"
        value={slug}
        required
        mono
        maxlength={60}
        hint="Lower-case letters, digits and single hyphens; no other organization of this installation has the same."
        errors={errors}
      />
      <div class="actions">
        <button class="btn btn-primary" type="submit">
          Save
        </button>
      </div>
    </form>
  );
}

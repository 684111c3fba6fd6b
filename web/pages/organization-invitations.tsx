import type { FieldError } from "../../db/domain/errors.ts";
import { organizationRoles, projectRoles } from "../../db/domain/permissions.ts";
import type { Page } from "../../db/domain/queries.ts";
import type { Organization, Project } from "../../db/domain/resources.ts";
import type { Invitation } from "../../db/domain/tenancy.ts";
import { ActionButton, ActionsHead, Empty, Note, TableBox } from "../parts/bits.tsx";
import { errorsAt, Field, FieldErrors, Options, SelectField, TextField } from "../parts/field.tsx";
import { plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { ListPager } from "../parts/list-pager.tsx";
import { ListSearch } from "../parts/list-search.tsx";
import { Text } from "../parts/text.tsx";
import { Ago, Until } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";

export type ProjectGrant = { projectId: string; role: string };

export type InvitationsProps = {
  organization: Organization;
  page: Page<Invitation>;
  search: string;
  values: { email?: string; role?: string; projectRoles?: readonly ProjectGrant[] };
  /** Projects in which a role can be given with the invitation. */
  projects: readonly Project[];
  errors: readonly FieldError[];
  /** Of the invitation that was just made or sent again: shown this once; without an address when it was mailed. */
  link: { email: string; url: string | null } | null;
  owns: boolean;
  path: string;
  now: Date;
};

/** Who was invited, and the form to invite somebody. */
export function OrganizationInvitations(props: InvitationsProps) {
  const { organization, page, search, values, errors, link, owns, path } = props;
  const roles = organizationRoles.filter((role) => owns || role !== "owner");
  return (
    <div class="section">
      {link ? <NewLink {...link} /> : null}
      <form
        class="panel panel-pad stacked"
        method="post"
        action={`/organizations/${organization.id}/invitations`}
      >
        <div class="fields">
          <TextField
            name="email"
            type="email"
            label="E-mail address"
            value={values.email ?? ""}
            errors={errors}
            autocomplete="off"
            required
            maxlength={320}
          />
          <SelectField
            name="role"
            label="Role"
            value={values.role ?? "member"}
            options={roles.map((value) => ({ value, label: value }))}
            errors={errors}
          />
        </div>
        <ProjectRoles {...props} />
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            Invite
          </button>
        </div>
      </form>
      {page.items.length > 0 || search !== "" ? (
        <ListSearch
          action={`/organizations/${organization.id}/invitations`}
          value={search}
          placeholder="E-mail address"
          label="E-mail address of who was invited"
        />
      ) : null}
      {page.items.length === 0 && search !== "" ? (
        <Empty title="Nobody found">Nobody with an address like this was invited.</Empty>
      ) : page.items.length === 0 ? (
        <Empty title="Nobody was invited yet">
          An invitation is for one address, is used once, and ends after 7 days.
        </Empty>
      ) : (
        <InvitationTable {...props} />
      )}
      <ListPager page={page} path={path} />
    </div>
  );
}

/** Roles in projects, for who gets in with the invitation; those of the organization may be enough. */
function ProjectRoles({ projects, values, errors }: InvitationsProps) {
  if (projects.length === 0) return null;
  const given = new Map(values.projectRoles?.map(({ projectId, role }) => [projectId, role]));
  const faults = errorsAt(errors, "projectRoles");
  return (
    <details class="more" open={given.size > 0 || faults.length > 0}>
      <summary>
        <Icon name="expand" />
        Roles in projects
      </summary>
      <p class="hint">
        Beside what the role in the organization gives. At most {grantsMax}; more can be given in each
        project.
      </p>
      <FieldErrors id="f-projectRoles" errors={faults} />
      <div class="fields">
        {projects.map(({ id, name }) => (
          <Field id={`f-project-${id}`} label={visibleText(name)}>
            <input type="hidden" name="projectId" value={id} />
            <select class="select" id={`f-project-${id}`} name="projectRole">
              <Options
                value={given.get(id) ?? ""}
                options={[
                  { value: "", label: "no role of its own" },
                  ...projectRoles.map((value) => ({ value, label: value })),
                ]}
              />
            </select>
          </Field>
        ))}
      </div>
    </details>
  );
}

const grantsMax = 50;

function NewLink({ email, url }: { email: string; url: string | null }) {
  if (url === null) {
    return (
      <Note tone="passed" title="Invited." role="status">
        <p>
          A mail with the link is on its way to <Text of={email} />.
        </p>
      </Note>
    );
  }
  return (
    <Note tone="passed" title="Invited. Send this link; it is shown only now." role="status">
      <p>
        It makes <Text of={email} /> a member, once, within 7 days.
      </p>
      <input class="input mono" readonly value={url} aria-label="Link of the invitation" />
    </Note>
  );
}

function InvitationTable({ organization, page, now }: InvitationsProps) {
  return (
    <TableBox label="Invitations">
      <table class="list stack">
        <caption class="sr">Invitations</caption>
        <thead>
          <tr>
            <th scope="col">E-mail address</th>
            <th scope="col">Role</th>
            <th scope="col">State</th>
            <th scope="col">By</th>
            <th scope="col">Sent</th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {page.items.map((invitation) => (
            <InvitationLine invitation={invitation} organizationId={organization.id} now={now} />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function InvitationLine({
  invitation,
  organizationId,
  now,
}: {
  invitation: Invitation;
  organizationId: string;
  now: Date;
}) {
  const { id, email, role, projectRoles, state, invitedBy, sentAt, expiresAt } = invitation;
  const path = `/organizations/${organizationId}/invitations/${id}`;
  const waits = state === "open" || state === "expired";
  return (
    <tr>
      <td class="main-narrow">
        <Text of={email} />
      </td>
      <td data-label="Role">
        {role}
        {projectRoles.length > 0 ? (
          <span class="dim"> and in {plural(projectRoles.length, "project")}</span>
        ) : null}
      </td>
      <td data-label="State">
        {state}
        {state === "open" ? (
          <>
            , ends <Until at={expiresAt} now={now} />
          </>
        ) : null}
      </td>
      <td data-label="By">{invitedBy === null ? <span class="dim">-</span> : <Text of={invitedBy} />}</td>
      <td data-label="Sent">
        <Ago at={sentAt} now={now} />
      </td>
      <td>
        <div class="row-actions">
          {waits ? (
            <>
              <ActionButton action={`${path}/resend`} label="New link" look="quiet" small />
              <ActionButton
                action={`${path}/revoke`}
                label={`Revoke the invitation of ${visibleText(email)}`}
                icon="trash"
                look="quiet"
                compact
                confirm={`Revoke the invitation of ${visibleText(email)}?`}
              />
            </>
          ) : null}
        </div>
      </td>
    </tr>
  );
}

import type { FieldError } from "../../db/domain/errors.ts";
import { projectRoles } from "../../db/domain/permissions.ts";
import type { Page } from "../../db/domain/queries.ts";
import type { Member, Project, ProjectMember } from "../../db/domain/resources.ts";
import { ActionButton, ActionsHead, Note, TableBox } from "../parts/bits.tsx";
import { SelectField } from "../parts/field.tsx";
import { ListPager } from "../parts/list-pager.tsx";
import { RoleForm } from "../parts/role-form.tsx";
import { Text } from "../parts/text.tsx";
import { visibleText } from "../parts/visible-text.ts";

export type ProjectMembersProps = {
  project: Project;
  page: Page<ProjectMember>;
  /** Members of the organization, to be given a role here; empty for who may not. */
  others: readonly Member[];
  writes: boolean;
  owns: boolean;
  errors: readonly FieldError[];
  fault: string | null;
  saved: boolean;
  path: string;
};

/** Who may enter a project, and what each may do there. */
export function ProjectMembers(props: ProjectMembersProps) {
  const { project, page, writes, fault, saved, path } = props;
  return (
    <>
      <div class="head-text">
        <h1>Members</h1>
        <p class="meta">
          <Text of={project.name} />
        </p>
      </div>
      {fault ? <Note tone="failed" title={fault} role="alert" /> : null}
      {saved && !fault ? <Note tone="passed" title="Saved." role="status" /> : null}
      <div class="section">
        <Access project={project} writes={writes} />
        {writes ? <GiveRole {...props} /> : null}
        <TableBox label="Members of the project">
          <table class="list stack">
            <caption class="sr">Members of the project</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">E-mail address</th>
                <th scope="col">In the organization</th>
                <th scope="col">Given here</th>
                <th scope="col">Counts</th>
                <ActionsHead />
              </tr>
            </thead>
            <tbody>
              {page.items.map((member) => (
                <MemberLine member={member} {...props} />
              ))}
            </tbody>
          </table>
        </TableBox>
        <ListPager page={page} path={path} />
        <p class="hint">
          What counts is the highest of what a person has.{" "}
          <a href={`/organizations/${project.organizationId}/members`}>Members of the organization</a>
        </p>
      </div>
    </>
  );
}

function Access({ project, writes }: { project: Project; writes: boolean }) {
  const isOpen = project.access === "organization";
  return (
    <div class="panel panel-pad inline-form">
      <p class="grow">
        {isOpen
          ? "Open to the organization: its members develop here, its viewers look."
          : "Closed: only those with a role here, and those who run the organization, know of it."}
      </p>
      {writes ? (
        <ActionButton
          action={`/projects/${project.id}/access`}
          label={isOpen ? "Close the project" : "Open it to the organization"}
          fields={{ access: isOpen ? "members" : "organization" }}
          {...(isOpen
            ? {
                confirm: `Close “${visibleText(project.name)}”? Members without a role in it lose it at once.`,
              }
            : {})}
        />
      ) : null}
    </div>
  );
}

function GiveRole({ project, others, owns, errors }: ProjectMembersProps) {
  if (others.length === 0) return null;
  return (
    <form class="panel panel-pad stacked" method="post" action={`/projects/${project.id}/members`}>
      <div class="fields">
        <SelectField
          name="userId"
          label="Member of the organization"
          value=""
          options={others.map(({ userId, name, email }) => ({
            value: userId,
            label: visibleText(`${name}, ${email}`),
          }))}
          errors={errors}
        />
        <SelectField
          name="role"
          label="Role here"
          value="developer"
          options={rolesFor(owns)}
          errors={errors}
        />
      </div>
      <div class="actions">
        <button class="btn btn-primary" type="submit">
          Give the role
        </button>
      </div>
    </form>
  );
}

function MemberLine({ member, project, writes, owns }: ProjectMembersProps & { member: ProjectMember }) {
  const path = `/projects/${project.id}/members/${member.userId}`;
  const changes = writes && member.given !== null && (owns || member.given !== "owner");
  return (
    <tr>
      <td class="main-narrow">
        <Text of={member.name} />
      </td>
      <td data-label="E-mail address">
        <Text of={member.email} />
      </td>
      <td data-label="In the organization">{member.organizationRole}</td>
      <td data-label="Given here">
        {changes && member.given ? (
          <RoleForm action={path} of={member.name} role={member.given} roles={rolesFor(owns)} />
        ) : (
          (member.given ?? <span class="dim">none</span>)
        )}
      </td>
      <td data-label="Counts">{member.role}</td>
      <td>
        <div class="row-actions">
          {changes ? (
            <ActionButton
              action={`${path}/remove`}
              label={`Take the role of ${visibleText(member.name)} away`}
              icon="trash"
              look="quiet"
              compact
              confirm={`Take the role of ${visibleText(member.name)} in this project away?`}
            />
          ) : null}
        </div>
      </td>
    </tr>
  );
}

function rolesFor(owns: boolean) {
  return projectRoles.filter((role) => owns || role !== "owner").map((value) => ({ value, label: value }));
}

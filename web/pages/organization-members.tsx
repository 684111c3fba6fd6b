import { type OrganizationRole, organizationRoles } from "../../db/domain/permissions.ts";
import type { Page } from "../../db/domain/queries.ts";
import type { Member, Organization } from "../../db/domain/resources.ts";
import { ActionButton, ActionsHead, Empty, TableBox } from "../parts/bits.tsx";
import { ListPager } from "../parts/list-pager.tsx";
import { ListSearch } from "../parts/list-search.tsx";
import { RoleForm } from "../parts/role-form.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";

export type MembersProps = {
  organization: Organization;
  page: Page<Member>;
  search: string;
  userId: string | null;
  writes: boolean;
  owns: boolean;
  path: string;
  now: Date;
};

/** Who belongs to an organization, and what each may do. */
export function OrganizationMembers(props: MembersProps) {
  const { organization, page, path, search } = props;
  return (
    <div class="section">
      <ListSearch
        action={`/organizations/${organization.id}/members`}
        value={search}
        placeholder="Name or e-mail address"
        label="Name or e-mail address of a member"
      />
      {page.items.length === 0 ? (
        <Empty title="Nobody found">No member has a name or an address like this.</Empty>
      ) : (
        <MemberTable {...props} />
      )}
      <ListPager page={page} path={path} />
      <p class="hint">
        Owners and admins run the organization and enter every project. Members develop in projects that are
        open to the organization, viewers look. Closed projects name their people themselves.
      </p>
    </div>
  );
}

function MemberTable(props: MembersProps) {
  return (
    <TableBox label="Members">
      <table class="list stack">
        <caption class="sr">Members of the organization</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">E-mail address</th>
            <th scope="col">Role</th>
            <th scope="col">Since</th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {props.page.items.map((member) => (
            <MemberLine member={member} {...props} />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function MemberLine({ member, organization, userId, writes, owns, now }: MembersProps & { member: Member }) {
  const path = `/organizations/${organization.id}/members/${member.userId}`;
  const isSelf = member.userId === userId;
  const changes = writes && (owns || member.role !== "owner");
  return (
    <tr>
      <td class="main-narrow">
        <Text of={member.name} />
        {isSelf ? <span class="dim"> (you)</span> : null}
      </td>
      <td data-label="E-mail address">
        <Text of={member.email} />
      </td>
      <td data-label="Role">
        {changes ? (
          <RoleForm action={path} of={member.name} role={member.role} roles={rolesFor(owns)} />
        ) : (
          member.role
        )}
      </td>
      <td data-label="Since">
        <Ago at={member.createdAt} now={now} />
      </td>
      <td>
        <div class="row-actions">
          {owns && !isSelf ? (
            <ActionButton
              action={`${path}/transfer`}
              label="Make owner and step down"
              look="quiet"
              small
              confirm={`Hand the organization over to ${visibleText(member.name)}? You become an admin of it.`}
            />
          ) : null}
          {isSelf || changes ? (
            <ActionButton
              action={`${path}/remove`}
              label={isSelf ? "Leave" : `Remove ${visibleText(member.name)}`}
              {...(isSelf ? { small: true } : { icon: "trash" as const, compact: true })}
              look="quiet"
              confirm={confirmOf(member, isSelf)}
            />
          ) : null}
        </div>
      </td>
    </tr>
  );
}

function rolesFor(owns: boolean) {
  return organizationRoles
    .filter((role) => owns || role !== "owner")
    .map((value: OrganizationRole) => ({ value, label: value }));
}

function confirmOf({ name }: Member, isSelf: boolean): string {
  const effect = "What was started and has not ended is stopped.";
  return isSelf ? `Leave the organization? ${effect}` : `Remove ${visibleText(name)}? ${effect}`;
}

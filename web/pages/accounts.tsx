import { platformRoles } from "../../db/domain/permissions.ts";
import type { Page } from "../../db/domain/queries.ts";
import { type Account, type AccountQuery, accountStates } from "../../db/domain/tenancy.ts";
import { ActionButton, ActionsHead, Empty, Note, TableBox } from "../parts/bits.tsx";
import { Options } from "../parts/field.tsx";
import { ListPager } from "../parts/list-pager.tsx";
import { RoleForm } from "../parts/role-form.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";

export type AccountsProps = {
  page: Page<Account>;
  query: Pick<AccountQuery, "search" | "state" | "platformRole">;
  fault: string | null;
  saved: boolean;
  path: string;
  now: Date;
};

/** Every account of the installation. */
export function Accounts(props: AccountsProps) {
  const { page, query, fault, saved, path } = props;
  return (
    <>
      <h1>Accounts</h1>
      {fault ? <Note tone="failed" title={fault} role="alert" /> : null}
      {saved && !fault ? <Note tone="passed" title="Saved." role="status" /> : null}
      <div class="section">
        <search>
          <form class="filters" method="get" action="/users" data-filters>
            <input
              class="input"
              type="search"
              name="search"
              value={query.search ?? ""}
              placeholder="Name or e-mail address"
              aria-label="Name or e-mail address"
              maxlength={200}
              data-search
            />
            <select class="select" name="state" aria-label="State">
              <Options
                value={query.state ?? ""}
                options={[
                  { value: "", label: "Enabled and disabled" },
                  ...accountStates.map((value) => ({ value, label: `Only ${value}` })),
                ]}
              />
            </select>
            <select class="select" name="platformRole" aria-label="Role on the platform">
              <Options
                value={query.platformRole ?? ""}
                options={[
                  { value: "", label: "Any role" },
                  ...platformRoles.map((value) => ({ value, label: `Role: ${value}` })),
                ]}
              />
            </select>
            <button class="btn" type="submit">
              Filter
            </button>
          </form>
        </search>
        {page.items.length === 0 ? (
          <Empty title="Nobody found">Take a part of the filter away to see more.</Empty>
        ) : (
          <AccountTable {...props} />
        )}
        <ListPager page={page} path={path} />
      </div>
    </>
  );
}

function AccountTable({ page, now }: AccountsProps) {
  return (
    <TableBox label="Accounts">
      <table class="list stack">
        <caption class="sr">Accounts of the installation</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">E-mail address</th>
            <th scope="col">Role on the platform</th>
            <th scope="col">State</th>
            <th scope="col">Made</th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {page.items.map((account) => (
            <AccountLine account={account} now={now} />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function AccountLine({ account, now }: { account: Account; now: Date }) {
  const isDisabled = account.disabledAt !== null;
  const name = visibleText(account.name);
  return (
    <tr>
      <td class="main-narrow">
        <a href={`/users/${account.id}`}>
          <Text of={account.name} />
        </a>
      </td>
      <td data-label="E-mail address">
        <Text of={account.email} />
      </td>
      <td data-label="Role on the platform">
        <RoleForm
          action={`/users/${account.id}`}
          of={account.name}
          role={account.platformRole}
          roles={platformRoles.map((value) => ({ value, label: value }))}
        />
      </td>
      <td data-label="State">{isDisabled ? "disabled" : "enabled"}</td>
      <td data-label="Made">
        <Ago at={account.createdAt} now={now} />
      </td>
      <td>
        <div class="row-actions">
          <ActionButton
            action={`/users/${account.id}`}
            label={isDisabled ? "Enable" : "Disable"}
            look="quiet"
            small
            fields={{ disabled: String(!isDisabled) }}
            {...(isDisabled
              ? {}
              : { confirm: `Disable ${name}? Every sign-in of this account ends at once.` })}
          />
        </div>
      </td>
    </tr>
  );
}

import type { FieldError } from "../../db/domain/errors.ts";
import type { Page } from "../../db/domain/queries.ts";
import type { PlanLimits, Tenant } from "../../db/domain/tenancy.ts";
import { Empty, Note, TableBox } from "../parts/bits.tsx";
import { TextField } from "../parts/field.tsx";
import { formatBytes, formatCount } from "../parts/figures.ts";
import { ListPager } from "../parts/list-pager.tsx";
import { ListSearch } from "../parts/list-search.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";

type Props = { page: Page<Tenant>; search: string; saved: boolean; path: string; now: Date };

/** Every organization of the installation, with what it uses of its plan. */
export function Tenants({ page, search, saved, path, now }: Props) {
  return (
    <>
      <h1>Organizations</h1>
      {saved ? <Note tone="passed" title="Saved." role="status" /> : null}
      <div class="section">
        <ListSearch action="/tenants" value={search} placeholder="Name" label="Name of the organization" />
        {page.items.length === 0 ? (
          <Empty title="No organization found">None has a name like this.</Empty>
        ) : (
          <TenantTable items={page.items} now={now} />
        )}
        <ListPager page={page} path={path} />
      </div>
    </>
  );
}

function TenantTable({ items, now }: { items: readonly Tenant[]; now: Date }) {
  return (
    <TableBox label="Organizations">
      <table class="list stack">
        <caption class="sr">Organizations: what each uses, of how much it may</caption>
        <thead>
          <tr>
            <th scope="col">Organization</th>
            <th scope="col" class="num">
              Members
            </th>
            <th scope="col" class="num">
              Projects
            </th>
            <th scope="col" class="num">
              Running
            </th>
            <th scope="col" class="num">
              Stored files
            </th>
            <th scope="col">Made</th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ id, name, createdAt, plan: { use, limits } }) => (
            <tr>
              <td class="main-narrow">
                <a href={`/tenants/${id}`}>
                  <Text of={name} />
                </a>
              </td>
              <td class="num" data-label="Members">
                {ofMost(use.members, limits.membersMax, formatCount)}
              </td>
              <td class="num" data-label="Projects">
                {ofMost(use.projects, limits.projectsMax, formatCount)}
              </td>
              <td class="num" data-label="Running">
                {ofMost(use.parallel, limits.parallelMax, formatCount)}
              </td>
              <td class="num" data-label="Stored files">
                {ofMost(use.artifactBytes, limits.artifactBytesMax, formatBytes)}
              </td>
              <td data-label="Made">
                <Ago at={createdAt} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function ofMost(used: number, most: number | null, format: (count: number) => string): string {
  return most === null ? format(used) : `${format(used)} of ${format(most)}`;
}

const fields = [
  ["membersMax", "Members", null],
  ["projectsMax", "Projects", "Archived ones do not count."],
  ["parallelMax", "Executions at once", "Counted over all workers; the others wait."],
  ["retentionDays", "Days of the audit log", "30 at least; empty is as long as the installation says."],
  ["resultDays", "Days of results", "Runs that ended longer ago are deleted, with their files, every hour."],
  ["artifactBytesMax", "Bytes of stored files", "What does not fit is not kept, and the result says so."],
] as const satisfies readonly (readonly [keyof PlanLimits, string, string | null])[];

type PlanProps = {
  tenant: { id: string; name: string };
  values: Record<keyof PlanLimits, string>;
  errors: readonly FieldError[];
};

/** What one organization may use, to be changed. */
export function TenantPlan({ tenant, values, errors }: PlanProps) {
  return (
    <>
      <div class="head-text">
        <h1>
          <Text of={tenant.name} />
        </h1>
        <p class="meta">What the organization may use. An empty field is without a limit.</p>
      </div>
      {errors.length > 0 ? <Note tone="failed" title="The plan was not changed" role="alert" /> : null}
      <form class="form panel panel-pad" method="post" action={`/tenants/${tenant.id}`}>
        {fields.map(([name, label, hint]) => (
          <TextField
            name={name}
            label={label}
            type="number"
            min={0}
            value={values[name]}
            errors={errors}
            hint={hint ?? undefined}
          />
        ))}
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            Save
          </button>
          <a class="btn btn-quiet" href="/tenants">
            Cancel
          </a>
        </div>
      </form>
    </>
  );
}

import type { GroupSummary } from "../../db/domain/group-resources.ts";
import type { Page } from "../../db/domain/queries.ts";
import type { Project } from "../../db/domain/resources.ts";
import { Empty, TableBox } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { ListPager } from "../parts/list-pager.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";

type Props = { project: Project; page: Page<GroupSummary>; path: string; now: Date; writes: boolean };

/** The steps of a project that several test cases share. */
export function Groups({ project, page, path, now, writes }: Props) {
  const base = `/projects/${project.id}`;
  const create = writes ? (
    <a class="btn btn-primary" href={`${base}/groups/new`}>
      <Icon name="plus" />
      New group
    </a>
  ) : null;
  return (
    <>
      <div class="head">
        <div class="head-text">
          <Crumbs items={[[`${base}/test-cases`, "Test cases"]]} />
          <h1>Groups of steps</h1>
        </div>
        {create}
      </div>
      {page.items.length === 0 ? (
        <Empty title="No groups yet" action={create}>
          A group keeps steps that several test cases share, such as signing in. A step “Call group” runs
          them, with values for the group's parameters.
        </Empty>
      ) : (
        <GroupTable groups={page.items} base={base} now={now} />
      )}
      <ListPager page={page} path={path} />
    </>
  );
}

function GroupTable({ groups, base, now }: { groups: readonly GroupSummary[]; base: string; now: Date }) {
  return (
    <TableBox label="Groups of steps">
      <table class="list stack">
        <caption class="sr">Groups of steps</caption>
        <thead>
          <tr>
            <th scope="col">Group</th>
            <th scope="col">Steps</th>
            <th scope="col">Called by</th>
            <th scope="col">Calls</th>
            <th scope="col">Changed</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr>
              <td data-label="Group">
                <a class="row-link" href={`${base}/groups/${group.id}`}>
                  <Text of={group.name} />
                </a>
              </td>
              <td data-label="Steps">{plural(group.stepCount, "step")}</td>
              <td data-label="Called by">
                {group.usages === 0 ? (
                  <span class="dim">nothing</span>
                ) : (
                  <a href={`${base}/groups/${group.id}#usages`}>{group.usages}</a>
                )}
              </td>
              <td data-label="Calls">
                {group.calls.length === 0 ? (
                  <span class="dim">none</span>
                ) : (
                  <Text of={group.calls.join(", ")} />
                )}
              </td>
              <td data-label="Changed">
                <Ago at={group.updatedAt} now={now} /> <span class="dim">version {group.version}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

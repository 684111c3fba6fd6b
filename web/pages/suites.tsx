import type { Page } from "../../db/domain/queries.ts";
import type { Project, Suite } from "../../db/domain/resources.ts";
import { ActionButton, ActionsHead, Empty, TableBox } from "../parts/bits.tsx";
import { formatCount } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { ListPager } from "../parts/list-pager.tsx";
import { Status } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";

type Props = { project: Project; page: Page<Suite>; path: string; now: Date; writes: boolean; runs: boolean };

export function Suites({ project, page, path, now, writes, runs }: Props) {
  const create = writes ? (
    <a class="btn btn-primary" href={`/projects/${project.id}/suites/new`}>
      <Icon name="plus" />
      New suite
    </a>
  ) : null;
  return (
    <>
      <div class="head">
        <div class="head-text">
          <h1>Suites</h1>
        </div>
        {create}
      </div>
      {page.items.length === 0 ? (
        <Empty title="No suites yet" action={create}>
          A suite runs several test cases together: a list in an order, or everything that has certain tags.
        </Empty>
      ) : (
        <TableBox label="Suites">
          <table class="list stack">
            <caption class="sr">Suites</caption>
            <thead>
              <tr>
                <th scope="col">Suite</th>
                <th scope="col">Last run</th>
                <th scope="col">Chosen by</th>
                <th scope="col" class="num">
                  Test cases
                </th>
                <th scope="col">Changed</th>
                <ActionsHead />
              </tr>
            </thead>
            <tbody>
              {page.items.map((suite) => (
                <tr>
                  <td class="main">
                    <a href={`/suites/${suite.id}`}>
                      <Text of={suite.name} />
                    </a>
                    {suite.description ? (
                      <div class="sub">
                        <Text of={suite.description.slice(0, 200)} />
                      </div>
                    ) : null}
                  </td>
                  <td data-label="Last run">
                    {suite.lastRun ? (
                      <a class="plain" href={`/runs/${suite.lastRun.id}`}>
                        <Status of={suite.lastRun.status} />
                      </a>
                    ) : (
                      <span class="dim">never run</span>
                    )}
                  </td>
                  <td data-label="Chosen by">
                    {suite.tagQuery ? (
                      <span class="chips">
                        {suite.tagQuery.map((tag) => (
                          <span class="chip">
                            <Text of={`@${tag}`} />
                          </span>
                        ))}
                      </span>
                    ) : (
                      "a list"
                    )}
                  </td>
                  <td class="num" data-label="Test cases">
                    {formatCount(suite.caseCount)}
                  </td>
                  <td data-label="Changed">
                    <Ago at={suite.updatedAt} now={now} />
                  </td>
                  <td class="cell-actions">
                    <div class="row-actions">
                      {runs && suite.caseCount > 0 ? (
                        <ActionButton action={`/suites/${suite.id}/run`} label="Run" icon="play" small />
                      ) : null}
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
      <ListPager page={page} path={path} />
    </>
  );
}

import type { Page } from "../../db/domain/queries.ts";
import type { Execution } from "../../db/domain/resources.ts";
import { Empty, TableBox } from "../parts/bits.tsx";
import { ListPager } from "../parts/list-pager.tsx";
import { Status, toneOf } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago, Duration } from "../parts/time.tsx";
import { Strip } from "./overview.tsx";

type Props = { page: Page<Execution>; path: string; now: Date };

/** The life of one test: every execution, the newest first. */
export function TestCaseHistory({ page, path, now }: Props) {
  if (page.items.length === 0) {
    return (
      <Empty title="This test has never run">
        Choose “Run this test”, or put it into a suite and run that.
      </Empty>
    );
  }
  const strip = page.items.slice(0, 40).map((execution) => ({
    href: `/executions/${execution.id}`,
    status: execution.status,
    label: `version ${execution.version}, ${execution.createdAt.slice(0, 16).replace("T", " ")}`,
  }));
  return (
    <div class="section">
      <Strip items={strip} />
      <TableBox label="Executions">
        <table class="list stack">
          <caption class="sr">Executions of this test case, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">Result</th>
              <th scope="col">Why</th>
              <th scope="col">Version</th>
              <th scope="col" class="num">
                Duration
              </th>
              <th scope="col">When</th>
              <th scope="col">Run</th>
            </tr>
          </thead>
          <tbody>
            {page.items.map((execution) => (
              <tr>
                <td class="lead">
                  <a class="plain" href={`/executions/${execution.id}`}>
                    <Status of={execution.status} />
                  </a>
                </td>
                <td class="main" data-label="Why">
                  {execution.error ? (
                    <span class={`reason t-${toneOf(execution.status)}`}>
                      <Text of={execution.error.message} />
                    </span>
                  ) : (
                    <span class="dim">-</span>
                  )}
                </td>
                <td data-label="Version">
                  <a href={`/test-cases/${execution.testCaseId}/versions?version=${execution.version}`}>
                    v{execution.version}
                  </a>
                </td>
                <td class="num" data-label="Duration">
                  <Duration ms={execution.durationMs} />
                </td>
                <td data-label="When">
                  <Ago at={execution.createdAt} now={now} />
                </td>
                <td data-label="Run">
                  <a href={`/runs/${execution.runId}`}>open</a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      <ListPager page={page} path={path} />
    </div>
  );
}

import type { Project, Run } from "../../db/domain/resources.ts";
import type { ProjectOverview } from "../../db/services/overview.ts";
import { AddTestCase } from "../parts/add-test-case.tsx";
import { Empty, TableBox } from "../parts/bits.tsx";
import { durationParts, formatAgo, formatCount, formatShare, plural } from "../parts/figures.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { RunsTable } from "../parts/runs-table.tsx";
import { SafeLink } from "../parts/safe-link.tsx";
import { Status, StatusIcon, type StatusWord, type Tone, toneOf } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { visibleText } from "../parts/visible-text.ts";

type Props = { project: Project; overview: ProjectOverview; now: Date; writes: boolean };

/** One look: is it healthy, and if not, what to open first. */
export function Overview({ project, overview, now, writes }: Props) {
  const base = `/projects/${project.id}`;
  return (
    <div
      class="page-live"
      id="overview"
      hx-get={base}
      hx-trigger="live"
      hx-swap="outerHTML"
      data-live-topic={`project:${project.id}`}
      data-live-after="0"
      data-live-every="2000"
    >
      <div class="head">
        <div class="head-text">
          <h1>
            <Text of={project.name} />
          </h1>
          <p class="meta">
            {project.baseUrl ? (
              <SafeLink url={project.baseUrl} />
            ) : (
              <span>
                No base URL: <a href={`${base}/settings`}>set one</a>
              </span>
            )}
          </p>
        </div>
        {writes ? <AddTestCase base={base} /> : null}
      </div>
      <Answer overview={overview} now={now} />
      <Figures base={base} overview={overview} />
      {overview.caseCount === 0 ? <FirstSteps base={base} writes={writes} /> : null}
      <Review overview={overview} now={now} />
      <LastRuns base={base} overview={overview} now={now} />
    </div>
  );
}

function answerOf({ failing, lastRuns, caseCount }: ProjectOverview): [Tone, IconName, string] {
  if (caseCount === 0) return ["quiet", "pending", "There is nothing to test yet"];
  if (failing.length > 0) {
    const many =
      failing.length >= 10
        ? "10 tests or more are"
        : failing.length === 1
          ? "1 test is"
          : `${failing.length} tests are`;
    return ["failed", "failed", `${many} failing`];
  }
  if (lastRuns.length === 0) return ["quiet", "pending", "Nothing has run yet"];
  return ["passed", "passed", "Healthy: no test is failing"];
}

function Answer({ overview, now }: { overview: ProjectOverview; now: Date }) {
  const [tone, icon, words] = answerOf(overview);
  const last = overview.lastRuns.find((run) => run.finishedAt !== null);
  const waiting = overview.queued + overview.running;
  return (
    <section class={`answer t-${tone}`} aria-label="Health" aria-live="polite">
      <Icon name={icon} />
      <p>{words}</p>
      {last?.finishedAt ? (
        <span class="dim">
          last run <a href={`/runs/${last.id}`}>{last.status}</a> {formatAgo(new Date(last.finishedAt), now)}
        </span>
      ) : null}
      {waiting > 0 ? (
        <span class="dim">
          <a href={`/projects/${overview.projectId}/runs?status=running`}>{plural(waiting, "execution")}</a>{" "}
          under way
        </span>
      ) : null}
    </section>
  );
}

function Figures({ base, overview }: { base: string; overview: ProjectOverview }) {
  const [p95, unit] = overview.p95DurationMs === null ? ["-", ""] : durationParts(overview.p95DurationMs);
  const figures: [string, string, string, string][] = [
    [
      `${base}/runs`,
      overview.passRate7d === null ? "-" : formatShare(overview.passRate7d).replace(" %", ""),
      overview.passRate7d === null ? "" : "%",
      "passed, 7 days",
    ],
    [`${base}/runs`, formatCount(overview.runs7d), "", "runs, 7 days"],
    [`${base}/runs?status=flaky`, formatCount(overview.flaky7d), "", "flaky executions, 7 days"],
    [`${base}/runs`, p95, unit, "p95 duration, 7 days"],
    [
      `${base}/runs?status=running`,
      `${formatCount(overview.running)}`,
      overview.queued > 0 ? `+ ${formatCount(overview.queued)} queued` : "",
      "running now",
    ],
    [`${base}/test-cases`, formatCount(overview.caseCount), "", "test cases"],
    [`${base}/suites`, formatCount(overview.suiteCount), "", "suites"],
  ];
  return (
    <section class="figures" aria-label="Figures">
      {figures.map(([href, figure, small, label]) => (
        <a class="figure" href={href}>
          <b>
            {figure}
            {small ? <small>{small}</small> : null}
          </b>
          <span>{label}</span>
        </a>
      ))}
    </section>
  );
}

function FirstSteps({ base, writes }: { base: string; writes: boolean }) {
  return (
    <Empty
      title="No test cases yet"
      action={
        writes ? (
          <>
            <a class="btn btn-primary" href={`${base}/test-cases/new`}>
              Write a test case
            </a>
            <a class="btn" href={`${base}/import`}>
              Import a recording
            </a>
          </>
        ) : null
      }
    >
      A test case is a list of steps that a browser carries out. Write one here, or record one in Chrome
      DevTools and import it.
    </Empty>
  );
}

function Review({ overview, now }: { overview: ProjectOverview; now: Date }) {
  if (overview.failing.length === 0) return null;
  return (
    <section class="section" aria-labelledby="review">
      <h2 id="review">Tests for review</h2>
      <TableBox label="Tests for review">
        <table class="list stack">
          <caption class="sr">Test cases whose last execution did not pass</caption>
          <thead>
            <tr>
              <th scope="col">Test case</th>
              <th scope="col">Last result</th>
              <th scope="col">Priority</th>
              <th scope="col">When</th>
            </tr>
          </thead>
          <tbody>
            {overview.failing.map((test) => (
              <tr>
                <td class="main">
                  <a
                    href={
                      test.lastExecution ? `/executions/${test.lastExecution.id}` : `/test-cases/${test.id}`
                    }
                  >
                    <Text of={test.name} />
                  </a>
                  <div class="sub">
                    {test.group ? <Text of={test.group} /> : null}
                    <a href={`/test-cases/${test.id}`}>Steps</a>
                    <a href={`/test-cases/${test.id}/history`}>History</a>
                  </div>
                </td>
                <td data-label="Last result">
                  {test.lastExecution ? <Status of={test.lastExecution.status} /> : "-"}
                </td>
                <td data-label="Priority">{test.priority}</td>
                <td data-label="When">
                  {test.lastExecution?.finishedAt ? (
                    <Ago at={test.lastExecution.finishedAt} now={now} />
                  ) : (
                    "-"
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

/** The oldest on the left, as one reads; each square is a run. */
export function RunStrip({ runs }: { runs: readonly Run[] }) {
  return (
    <Strip
      items={runs.map((run) => ({
        href: `/runs/${run.id}`,
        status: run.status,
        label: `${run.name}, ${run.createdAt.slice(0, 16).replace("T", " ")}`,
      }))}
    />
  );
}

export function Strip({ items }: { items: readonly { href: string; status: StatusWord; label: string }[] }) {
  return (
    <ol class="ticks" reversed>
      {items.toReversed().map(({ href, status, label }) => (
        <li>
          <a class={`tick t-${toneOf(status)}`} href={href} title={visibleText(`${status}: ${label}`)}>
            <StatusIcon of={status} label={false} />
            <span class="sr">{visibleText(`${status}: ${label}`)}</span>
          </a>
        </li>
      ))}
    </ol>
  );
}

function LastRuns({ base, overview, now }: { base: string; overview: ProjectOverview; now: Date }) {
  if (overview.lastRuns.length === 0) {
    if (overview.caseCount === 0) return null;
    return (
      <Empty
        title="Nothing has run yet"
        action={
          <a class="btn" href={`${base}/suites`}>
            To the suites
          </a>
        }
      >
        Open a test case and choose “Run this test”, or put test cases into a suite and run that.
      </Empty>
    );
  }
  return (
    <section class="section" aria-labelledby="last-runs">
      <div class="section-head">
        <h2 id="last-runs">Last runs</h2>
        <a href={`${base}/runs`}>All runs</a>
      </div>
      <RunStrip runs={overview.lastRuns} />
      <RunsTable runs={overview.lastRuns.slice(0, 8)} now={now} label="Last runs" />
    </section>
  );
}

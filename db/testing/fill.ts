import type { Sql, TransactionSql } from "postgres";

/** How much there is to be. Executions are spread evenly over the runs, and each runs a case of its project. */
export type Amounts = { cases: number; suites: number; runs: number; executions: number };
type Into = { organizationId: string; projectId: string };

const daysBack = 60;
const executionsAtOnce = 10_000;
const perSuite = 40;

/**
 * Fills a project with test cases, suites and runs that have ended, by bulk statements: for looking at pages and timing lists
 * when there is a lot. Everything is derived from its number, so two projects of one size look alike. Some names are very
 * long, some hostile, a few cases have many tags. Whoever times something afterwards lets the owner `analyze` first.
 * @param sql a connection of the application role
 */
export async function fill(
  sql: Sql,
  into: Into,
  amounts: Amounts,
  progress: (done: number) => void = () => {},
): Promise<void> {
  const salt = into.projectId;
  const asTenant = (work: (tx: TransactionSql) => Promise<unknown>) =>
    sql.begin(async (tx) => {
      await tx`select set_config('app.organizations', ${`{${into.organizationId}}`}, true)`;
      await work(tx);
    });
  await asTenant((tx) => addCases(tx, into, salt, amounts.cases));
  await asTenant((tx) => addSuites(tx, into, salt, amounts));
  const perRun = Math.max(1, Math.round(amounts.executions / Math.max(1, amounts.runs)));
  const runsAtOnce = Math.max(1, Math.floor(executionsAtOnce / perRun));
  for (let first = 1; first <= amounts.runs; first += runsAtOnce) {
    const last = Math.min(amounts.runs, first + runsAtOnce - 1);
    await asTenant((tx) => addRuns(tx, into, { salt, first, last, perRun }, amounts));
    progress(last);
  }
}

/** An id of version 7 as old as `at`, always the same for the same number and salt. */
const idSql = (tx: TransactionSql, at: string, key: string) =>
  tx.unsafe(`(lpad(to_hex((extract(epoch from ${at}) * 1000)::bigint), 12, '0') || '7' || substr(md5(${key}), 1, 3)
    || '8' || substr(md5(${key}), 4, 15))::uuid`);

async function addCases(
  tx: TransactionSql,
  { organizationId, projectId }: Into,
  salt: string,
  count: number,
) {
  await tx`
    with number as (
      select n, now() - ${daysBack} * interval '1 day' - (${count}::int - n) * interval '1 minute' as at
      from generate_series(1, ${count}::int) n
    ), named as (
      select n, at, ${idSql(tx, "at", `'case ' || n || '${salt}'`)} as id, case
          when n % 97 = 0 then '<script>alert(' || n || ')</script><img src=x onerror=alert(1)> "quoted" & {{name}}'
          when n % 101 = 0 then n || repeat('averylongwordwithoutabreak', 7)
          when n % 53 = 0 then n || '. An order that was placed by a customer of a company with a framework contract can be '
            || 'released by exactly one of the people who may approve orders of that size'
          when n % 59 = 0 then 'الدفع بالبطاقة ' || n
          else (array['Add to', 'Remove from', 'Search in', 'Sort', 'Export', 'Import', 'Share', 'Rename'])[1 + n % 8] || ' the '
            || (array['cart', 'wish list', 'catalogue', 'address book', 'invoices', 'calendar', 'inbox'])[1 + n % 7] || ' ' || n
        end as name,
        case when n % 41 = 0 then (select array_agg('tag-' || t) from generate_series(1, 20) t)
          else (select array_agg(distinct tag order by tag) from unnest(array['area-' || n % 12, (array['smoke', 'nightly', 'slow'])[1 + n % 3]]) tag)
        end as tags
      from number
    ), made as (
      insert into test_case (id, organization_id, project_id, name, group_name, priority, status, tags, version, step_count, search,
        created_at, updated_at)
      select id, ${organizationId}, ${projectId}, name, 'Area ' || n % 12, (array['critical', 'high', 'medium', 'low'])[1 + n % 4],
        case when n % 20 = 0 then 'draft' when n % 50 = 1 then 'quarantined' when n % 33 = 0 then 'deprecated' else 'active' end,
        tags, 1, 3, array_to_tsvector(array_remove(regexp_split_to_array(lower(name || ' ' || array_to_string(tags, ' ')), '[^[:alnum:]]+'), '')),
        at, at
      from named returning id
    )
    insert into test_case_version (test_case_id, version, organization_id, content, created_at)
    select id, 1, ${organizationId}, jsonb_build_object('name', name, 'description', '', 'expectedResult', '', 'group', 'Area ' || n % 12,
      'priority', (array['critical', 'high', 'medium', 'low'])[1 + n % 4], 'tags', to_jsonb(tags), 'steps', ${steps}::text::jsonb), at
    from named where (select count(*) from made) > 0`;
}

const steps = JSON.stringify([
  { type: "goto", url: "/" },
  { type: "click", target: ['role=button[name="Add to cart"]'] },
  { type: "expectText", target: ["role=status"], text: "1 item" },
]);

async function addSuites(
  tx: TransactionSql,
  { organizationId, projectId }: Into,
  salt: string,
  { cases, suites }: Amounts,
) {
  await tx`
    with number as (
      select n, now() - ${daysBack} * interval '1 day' - (${suites}::int - n) * interval '1 minute' as at
      from generate_series(1, ${suites}::int) n
    )
    insert into suite (id, organization_id, project_id, name, created_at, updated_at)
    select ${idSql(tx, "at", `'suite ' || n || '${salt}'`)}, ${organizationId}, ${projectId},
      case when n % 17 = 0 then repeat('regressionofeverything', 9) else 'Suite ' || n end, at, at
    from number`;
  await tx`
    with chosen as (select id, row_number() over (order by id) as n from suite where project_id = ${projectId}),
      known as (select id, row_number() over (order by id) as n from test_case where project_id = ${projectId})
    insert into suite_case (suite_id, test_case_id, organization_id, position)
    select chosen.id, known.id, ${organizationId}, place
    from chosen cross join generate_series(0, ${Math.min(perSuite, cases) - 1}) place
      join known on known.n = 1 + (chosen.n * ${perSuite} + place) % ${cases}`;
}

type Batch = { salt: string; first: number; last: number; perRun: number };

/** Runs with their executions, attempts and logs: most have passed, each twenty-fifth execution has failed. */
async function addRuns(
  tx: TransactionSql,
  into: Into,
  { salt, first, last, perRun }: Batch,
  amounts: Amounts,
) {
  const { organizationId, projectId } = into;
  await tx`
    with known as (select id, version, name, group_name, row_number() over (order by id) as n from test_case where project_id = ${projectId}),
    suites as (select id, name, row_number() over (order by id) as n from suite where project_id = ${projectId}),
    number as materialized (
      select r, k, now() - interval '2 minutes' - (${amounts.runs}::int - r) * (${daysBack} * interval '1 day' / ${amounts.runs}::int) as at,
        (r::bigint * ${perRun}::int + k) as n
      from generate_series(${first}::int, ${last}::int) r, generate_series(1, ${perRun}::int) k
    ), execution_row as materialized (
      select r, k, n, at, ${idSql(tx, "at", `'run ' || r || '${salt}'`)} as run_id,
        ${idSql(tx, "at + k * interval '1 ms'", `'execution ' || n || '${salt}'`)} as id,
        case when n % 25 = 0 then 'failed' when n % 61 = 0 then 'flaky' when n % 197 = 0 then 'error' when n % 211 = 0 then 'skipped'
          else 'passed' end as status
      from number
    ), runs as (
      insert into run (id, organization_id, project_id, suite_id, name, trigger, status, passed, failed, flaky, error, skipped,
        created_at, started_at, finished_at)
      select run_id, ${organizationId}, ${projectId}, suites.id, coalesce(suites.name, 'Nightly'),
        case when r % 3 = 0 then 'schedule' else 'api' end,
        case when count(*) filter (where status = 'failed') > 0 then 'failed' when count(*) filter (where status = 'error') > 0 then 'error'
          when count(*) filter (where status = 'flaky') > 0 then 'flaky' else 'passed' end,
        count(*) filter (where status = 'passed'), count(*) filter (where status = 'failed'), count(*) filter (where status = 'flaky'),
        count(*) filter (where status = 'error'), count(*) filter (where status = 'skipped'), at, at, at + interval '94 seconds'
      from execution_row left join suites on suites.n = 1 + r % greatest(1, ${amounts.suites}::int)
      group by run_id, r, at, suites.id, suites.name returning id
    ), executions as (
      insert into execution (id, organization_id, project_id, run_id, test_case_id, version, test_case_name, group_name, browser, viewport,
        status, attempt, attempts_max, failure, created_at, started_at, finished_at)
      select e.id, ${organizationId}, ${projectId}, run_id, known.id, known.version, known.name, known.group_name, 'chromium',
        '{"width":1280,"height":720}', status, case status when 'skipped' then 0 when 'flaky' then 2 else 1 end, 2,
        case when status in ('failed', 'error') then ${failure}::text::jsonb end, at,
        case when status <> 'skipped' then at end, at + (2000 + e.n % 9000) * interval '1 ms'
      from execution_row e join known on known.n = 1 + e.n % ${amounts.cases}::int
      where (select count(*) from runs) > 0 returning id
    ), attempts as (
      insert into attempt (execution_id, number, organization_id, status, lease_token, failure, started_at, finished_at)
      select e.id, number, ${organizationId}, case when status = 'flaky' then (array['failed', 'passed'])[number] else status end, e.id,
        case when status in ('failed', 'error') or status = 'flaky' and number = 1 then ${failure}::text::jsonb end,
        at, at + (2000 + n % 9000) * interval '1 ms'
      from execution_row e, generate_series(1, case status when 'skipped' then 0 when 'flaky' then 2 else 1 end) number
      where (select count(*) from executions) > 0 returning 1
    )
    insert into event (execution_id, seq, organization_id, attempt, at, type, body)
    select e.id, seq, ${organizationId}, case when status = 'flaky' then 2 else 1 end, at + seq * interval '90 ms', body ->> 'type', body
    from execution_row e, jsonb_array_elements(${log}::text::jsonb || jsonb_build_array(
      jsonb_build_object('type', 'execution-finished', 'status', status,
        'failure', case when status in ('failed', 'error') then ${failure}::text::jsonb end))) with ordinality as line (body, seq)
    where status <> 'skipped' and (select count(*) from attempts) > 0`;
}

const failure = JSON.stringify({
  code: "expected-text",
  message: 'expected text "1 item" in role=status, but it was "Your cart is empty"',
  detail: null,
  step: 2,
});
const stepLine = { step: 0, stepType: "goto", title: "Open page /" };
const log = JSON.stringify([
  {
    type: "attempt-started",
    browser: "Chromium",
    viewport: { width: 1280, height: 720 },
    worker: "worker-1",
  },
  { type: "step-started", ...stepLine },
  { type: "console", level: "info", text: "<script>alert('of the page')</script>", url: null, line: null },
  {
    type: "step-finished",
    ...stepLine,
    status: "passed",
    durationMs: 84,
    failure: null,
    target: null,
    screenshotId: null,
  },
]);

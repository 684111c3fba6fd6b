import type { Sql } from "postgres";
import type { JobKind } from "../domain/jobs.ts";
import { type Tally, windows } from "../domain/tally.ts";

const spans = Object.values(windows).map(({ spanS }) => spanS);

/**
 * Adds what a worker has counted to the spans of this moment, by the database's clock. One statement, which does not wait
 * for the disk; rows in a fixed order, so that workers who add at once wait for each other and never in a circle.
 */
export async function addTallies(sql: Sql, counted: ReadonlyMap<JobKind, Tally>): Promise<void> {
  const rows = [...counted];
  if (rows.length === 0) return;
  const column = (of: (tally: Tally) => number) => rows.map(([, tally]) => of(tally));
  const arrays = (of: (tally: Tally) => number[]) => rows.map(([, tally]) => `{${of(tally).join(",")}}`);
  await sql`
    with quick as materialized (select set_config('synchronous_commit', 'off', true))
    insert into queue_tally as t (span_s, at, kind, started, finished, failed, waits, runs)
    select span, to_timestamp(floor(extract(epoch from now()) / span) * span), kind, started, finished, failed,
      waits::int[], runs::int[]
    from quick cross join unnest(${spans}::int[]) as span cross join unnest(${rows.map(([kind]) => kind)}::text[],
        ${column(({ started }) => started)}::int[], ${column(({ finished }) => finished)}::int[],
        ${column(({ failed }) => failed)}::int[], ${arrays(({ waits }) => waits)}::text[],
        ${arrays(({ runs }) => runs)}::text[]) as more (kind, started, finished, failed, waits, runs)
    order by span, kind
    on conflict (span_s, at, kind) do update set started = t.started + excluded.started,
      finished = t.finished + excluded.finished, failed = t.failed + excluded.failed,
      waits = array(select a + b from unnest(t.waits, excluded.waits) as pair (a, b)),
      runs = array(select a + b from unnest(t.runs, excluded.runs) as pair (a, b))`;
}

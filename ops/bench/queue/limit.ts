import postgres from "postgres";
import { type Contender, type Place, producers } from "./contender.ts";

const batch = 400;

/**
 * What this PostgreSQL can do at all: a table with one index, a loop that deletes and claims in one statement each, nothing
 * kept, nothing promised to anybody else.
 */
export function limit({ url }: Place): Contender {
  const sql = postgres(url, { max: producers, onnotice: () => undefined });
  return {
    name: `limit: raw loop, batches of ${batch}`,
    configuration: "delete and claim in one statement on a bare table; no history, no lease, no handler",
    async open() {
      await sql`create table if not exists raw_job (id bigint generated always as identity primary key,
        state text not null default 'ready', payload jsonb not null default '{}')`;
      await sql`create index if not exists raw_ready on raw_job (id) where state = 'ready'`;
    },
    async enqueueBulk(jobs) {
      await sql`insert into raw_job (payload) select '{}' from generate_series(1, ${jobs})`;
    },
    async enqueueOne() {
      await sql`insert into raw_job default values`;
    },
    rowAndJob: null,
    async work(_concurrency, onJob) {
      let isStopping = false;
      const loop = (async () => {
        let done: string[] = [];
        while (!isStopping) {
          const rows: { id: string }[] = await sql`
            with gone as (delete from raw_job where id = any (${done}::bigint[]))
            update raw_job set state = 'running' where ctid = any (array(
              select ctid from raw_job where state = 'ready' order by id for update skip locked limit ${batch}))
            returning id`;
          for (const _ of rows) void onJob();
          done = rows.map(({ id }) => id);
          if (rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      return {
        async stop() {
          isStopping = true;
          await loop;
        },
      };
    },
    async empty() {
      await sql`truncate raw_job`;
    },
    close: () => sql.end(),
  };
}

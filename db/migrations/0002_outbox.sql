-- The outbox grows up: queues, fair shares, waking only who is idle, seeing at once who died, history by the day.

-- Jobs of one queue are claimed together. A job with a key waits for its key's turn and share; see db/outbox/claim-shared.ts.
alter table outbox add column queue text not null default 'light', add column key text;
update outbox set queue = 'browser', key = 'execution:' where kind = 'execution';

drop index outbox_ready, outbox_scheduled, outbox_running;
create index outbox_ready on outbox (queue, priority, id) where state = 'ready' and key is null and crashes < 2;
-- Lost with two workers already: one at a time per worker, so that a third loss blames the right one.
create index outbox_suspect on outbox (queue, priority, id) where state = 'ready' and key is null and crashes >= 2;
create index outbox_turn on outbox (queue, key, priority, id) where state = 'ready' and key is not null;
create index outbox_scheduled on outbox (queue, run_at) where state = 'scheduled';
-- By whom they are held. Also what the search for ended leases goes over: it is never longer than what runs.
create index outbox_running on outbox (worker_id) where state = 'running';
create index outbox_share on outbox (key) where state = 'running' and key is not null;

-- When jobs of a key with a limited rate were started, as far back as its limit reaches.
create table outbox_rate (
  key text primary key,
  per_ms int not null check (per_ms > 0),
  starts timestamptz[] not null
);

-- Which tick of which schedule was enqueued: of all who try, one inserts.
create table schedule_tick (
  schedule text not null,
  due_at timestamptz not null,
  primary key (schedule, due_at)
);

alter table worker
  -- The queues in which it found nothing: whoever adds to one of them wakes it.
  add column idle text[] not null default '{}',
  -- The advisory lock that it holds as long as it lives; null where it can't hold one, behind a pooler.
  add column lock_key bigint,
  -- Since when that lock was seen free; since when the worker counts as dead.
  add column unlocked_at timestamptz,
  add column lost_at timestamptz;
alter table worker set (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

-- History: a table for each day, so that retention drops a table and deletes no row. What there was becomes the first part,
-- as it is. The default part takes what comes when nobody has made the day's table; see outbox_done_turn_over.
alter table outbox_done rename to outbox_done_before;
alter table outbox_done_before drop constraint outbox_done_pkey;
drop index outbox_done_finished, outbox_done_outcome;
create table outbox_done (like outbox_done_before including defaults including constraints) partition by range (finished_at);
alter table outbox_done add primary key (id, finished_at);
create index outbox_done_ended on outbox_done (outcome, id desc) where outcome <> 'done';
create table outbox_done_default partition of outbox_done default;
do $$
declare tomorrow timestamptz := (date_trunc('day', now() at time zone 'utc') + interval '1 day') at time zone 'utc';
begin
  execute format('alter table outbox_done attach partition outbox_done_before for values from (minvalue) to (%L)', tomorrow);
end $$;

-- The parts of the history that have a day, and when each ends.
create view outbox_done_part as
  select c.oid::regclass as part, substring(pg_get_expr(c.relpartbound, c.oid) from $re$TO \('([^']+)'\)$re$)::timestamptz as ends
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'outbox_done'::regclass and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT';

-- Makes the tables of the next days and drops those that ended longer than `days_kept` ago. The application role may call
-- this and thereby do nothing else: it owns no table. Gives up rather than holding others up; the next hour tries again.
create function outbox_done_turn_over(days_ahead int, days_kept int, out made int, out dropped int)
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '1s' set timezone = 'UTC' as $$
declare
  old regclass;
  day date;
  name text;
begin
  if days_ahead not between 0 and 30 or days_kept not between 1 and 3650 then
    raise exception 'days ahead must be 0 to 30 and days kept 1 to 3650, not % and %', days_ahead, days_kept;
  end if;
  made := 0;
  dropped := 0;
  -- One at a time; who comes second has nothing to do.
  if not pg_try_advisory_xact_lock(hashtext('outbox_done_turn_over')) then return; end if;
  for old in select part from outbox_done_part where ends < now() - days_kept * interval '1 day' loop
    execute format('drop table %s', old);
    dropped := dropped + 1;
  end loop;
  select greatest(current_date, max(ends)::date) into day from outbox_done_part;
  while day <= current_date + days_ahead loop
    name := 'outbox_done_' || to_char(day, 'YYYY_MM_DD');
    execute format('create table %I (like outbox_done including defaults including constraints)', name);
    -- What the default part took of that day; nothing is added to it until we commit.
    lock table outbox_done_default in access exclusive mode;
    execute format('with moved as (delete from outbox_done_default where finished_at >= %L and finished_at < %L returning *)
      insert into %I select * from moved', day, day + 1, name);
    execute format('alter table outbox_done attach partition %I for values from (%L) to (%L)', name, day, day + 1);
    made := made + 1;
    day := day + 1;
  end loop;
  -- The default part has no day to be dropped with.
  delete from outbox_done_default where finished_at < now() - days_kept * interval '1 day';
end $$;
revoke all on function outbox_done_turn_over from public;
select outbox_done_turn_over(7, 14);

-- The event log in a table for each day, and files that could not be kept.

-- Ids are UUIDv7: they begin with the time at which they were made, and sort by it.
create function first_id_of(at timestamptz) returns uuid language sql immutable strict parallel safe as
$$ select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;

create function time_of_id(id uuid) returns timestamptz language sql immutable strict parallel safe as
$$ select to_timestamp(('x' || replace(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000.0) $$;

-- By the id of the execution, and so by the day on which it was made: its whole log is in one part, (execution, seq) and the
-- one terminal event stay unique by indexes, and whoever asks for a log names the part without knowing it.
alter table event rename to event_before;
alter table event_before rename constraint event_pkey to event_before_pkey;
alter index event_terminal rename to event_before_terminal;
create table event (like event_before including defaults including constraints) partition by range (execution_id);
alter table event add primary key (execution_id, seq);
create unique index event_terminal on event (execution_id) where type = 'execution-finished';
alter table event add foreign key (organization_id, execution_id) references execution (organization_id, id) on delete cascade;
alter table event enable row level security;
alter table event force row level security;
create policy tenant on event using (organization_id = any ((select app_organizations())::uuid[]));

-- What comes when nobody has made the day's table, and ids that are of no time. What there was becomes the first part, as it is.
create table event_default (like event including defaults including constraints);
alter table event attach partition event_default default;
do $$
declare
  tomorrow uuid := first_id_of((date_trunc('day', now() at time zone 'utc') + interval '1 day') at time zone 'utc');
  grantee text;
begin
  alter table event_before no force row level security;
  with later as (delete from event_before where execution_id >= tomorrow returning *)
    insert into event_default select * from later;
  execute format('alter table event attach partition event_before for values from (minvalue) to (%L)', tomorrow);
  for grantee in select distinct r.rolname from pg_class c, aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
                 where c.oid = 'event_before'::regclass and a.grantee <> c.relowner loop
    execute format('revoke all on event_before from %I', grantee);
    -- At once, and not only when migrations are through: workers that run are in the middle of writing.
    execute format('grant select, insert on event to %I', grantee);
  end loop;
end $$;

-- A part by itself is nobody's: it has no policy, so not even its owner sees a row. Through `event` its rows are seen by the
-- policy of `event`.
drop policy tenant on event_before;
alter table event_before force row level security;
alter table event_default enable row level security;
alter table event_default force row level security;

-- Up to where the part of a table goes, as text; null for the default one.
create function end_of_part(part oid) returns text language sql stable as
$$ select substring(pg_get_expr(relpartbound, oid) from $re$TO \('([^']+)'\)$re$) from pg_class where oid = part $$;

-- The parts that have a day: up to which id they go, and up to when. Bounds are read as what they are only after it is known
-- whose they are: a plan may look at those of every table first.
create view event_part as
  select inhrelid::regclass as part, ends_id, time_of_id(ends_id) as ends
  from (select inhrelid, case when inhparent = 'event'::regclass then end_of_part(inhrelid)::uuid end as ends_id
        from pg_inherits where inhparent = 'event'::regclass) as parts
  where ends_id is not null;

-- The same for the history of jobs, whose view was written when no other table had parts.
create or replace view outbox_done_part as
  select inhrelid::regclass as part, ends
  from (select inhrelid, case when inhparent = 'outbox_done'::regclass then end_of_part(inhrelid)::timestamptz end as ends
        from pg_inherits where inhparent = 'outbox_done'::regclass) as parts
  where ends is not null;

-- Makes the tables of the next days and drops those of executions that are older than they are kept: for the application role,
-- which owns no table. Fails after a second rather than holding others up; the next hour tries again.
create function event_turn_over(days_ahead int, days_kept int, out made int, out dropped int)
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '1s' set timezone = 'UTC' as $$
declare
  kept_from timestamptz := now() - days_kept * interval '1 day';
  oldest_open text;
  old regclass;
  day date;
  name text;
  moves boolean;
begin
  if days_ahead not between 0 and 30 or days_kept not between 1 and 400 then
    raise exception 'days ahead must be 0 to 30 and days kept 1 to 400, not % and %', days_ahead, days_kept;
  end if;
  made := 0;
  dropped := 0;
  -- One at a time; who comes second has nothing to do.
  if not pg_try_advisory_xact_lock(hashtext('event_turn_over')) then return; end if;
  -- Who has not ended has a job, and goes on numbering: its log stays, however old.
  select min(unique_key collate "C") into oldest_open from outbox where kind = 'execution';
  for old in select part from event_part
             where ends < kept_from and (oldest_open is null or ends_id::text collate "C" <= oldest_open) loop
    execute format('drop table %s', old);
    dropped := dropped + 1;
  end loop;
  select greatest(max(ends)::date, kept_from::date) into day from event_part;
  -- What the default part took is not hidden from us while it is moved; nothing is added to it until we commit.
  if day <= current_date + days_ahead then
    lock table event_default in access exclusive mode;
    alter table event_default no force row level security;
  end if;
  while day <= current_date + days_ahead loop
    name := 'event_' || to_char(day, 'YYYY_MM_DD');
    execute format('create table %I (like event including defaults including constraints)', name);
    moves := exists (select from event_default where execution_id >= first_id_of(day) and execution_id < first_id_of(day + 1));
    if moves then
      -- Aside for a moment: a part must be empty when it is attached, since the check of its foreign key is made under the
      -- row-level security of `execution`, where we see nothing. Row by row it is not.
      create table event_moving (like event_default);
      with moved as (delete from event_default
          where execution_id >= first_id_of(day) and execution_id < first_id_of(day + 1) returning *)
        insert into event_moving select * from moved;
    end if;
    execute format('alter table event attach partition %I for values from (%L) to (%L)',
      name, first_id_of(day), first_id_of(day + 1));
    if moves then
      execute format('insert into %I select * from event_moving', name);
      drop table event_moving;
    end if;
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    made := made + 1;
    day := day + 1;
  end loop;
  if made > 0 then
    -- The default part has no day to be dropped with.
    delete from event_default where execution_id in
      (select execution_id from event_default where type = 'execution-finished' and at < kept_from);
    alter table event_default force row level security;
  end if;
end $$;
revoke all on function event_turn_over from public;
select event_turn_over(7, 90);

-- A file that was made and could not be stored: what it was and why it is not there. Null: it is stored and was verified.
alter table artifact add column lost_reason text check (lost_reason <> '');

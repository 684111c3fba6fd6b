-- The page of a running execution as somebody watches it, and what they want of it. Worker and API surely share nothing but
-- this database. Nothing here outlives its execution, and nothing is missed after a crash: unlogged, no WAL for pictures.

-- Per execution that is watched or held: the newest picture and scene, the wish to pause, who has mouse and keyboard.
create unlogged table live_view (
  execution_id uuid primary key,
  organization_id uuid not null,
  -- Grows with every change, also over a deletion: never behind the clock, in milliseconds.
  revision bigint not null default 0,
  scene jsonb check (jsonb_typeof(scene) = 'object'),
  picture bytea,
  picture_revision bigint not null default 0,
  wanted text not null default 'run' check (wanted in ('run', 'pause')),
  wanted_at timestamptz not null default now(),
  wanted_by text,
  -- How many steps may pass while `pause` is wanted.
  steps_granted int not null default 0 check (steps_granted >= 0),
  -- Steps before this one, of those at the top, pass all the same.
  pause_before int,
  -- What becomes of an execution whose pause ends by itself. `stop`: it is there for trying steps only.
  then_does text not null default 'run' check (then_does in ('run', 'stop')),
  -- What the worker made of it.
  paused_at timestamptz,
  paused_until timestamptz,
  holder_id uuid,
  holder text,
  held_until timestamptz,
  check ((holder_id is null) = (held_until is null))
) with (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0,
        toast.autovacuum_vacuum_threshold = 1000, toast.autovacuum_vacuum_scale_factor = 0);
-- A picture is compressed already.
alter table live_view alter column picture set storage external;

-- Who watches: one row for each API process, for as long as it says so again.
create unlogged table live_watch (
  execution_id uuid not null,
  watcher_id uuid not null,
  organization_id uuid not null,
  fps real not null check (fps between 0.1 and 30),
  width int not null check (width between 16 and 4096),
  expires_at timestamptz not null,
  primary key (execution_id, watcher_id)
);

-- What is asked of a held page: input of a person, a step to try, an element to pick. Few, and gone with the execution.
create unlogged table live_command (
  id uuid primary key,
  execution_id uuid not null,
  organization_id uuid not null,
  kind text not null check (kind in ('input', 'try', 'pick', 'highlight')),
  body jsonb not null check (jsonb_typeof(body) = 'object'),
  created_at timestamptz not null default now(),
  taken_at timestamptz,
  answer jsonb check (jsonb_typeof(answer) = 'object')
);
create index live_command_execution on live_command (execution_id, id);

do $$
declare name text;
begin
  foreach name in array array['live_view', 'live_watch', 'live_command'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (organization_id = any ((select app_organizations())::uuid[]))', name);
  end loop;
end $$;
-- What an API process that was killed left behind says nothing any more; the housekeeping, which has no tenant, deletes it.
create policy stale_seen on live_watch for select using (expires_at < now() - interval '1 minute');
create policy stale_gone on live_watch for delete using (expires_at < now() - interval '1 minute');

-- Whatever ends an execution or its attempt, in whatever way: what was shown and wanted of it goes with it.
create function live_view_over() returns trigger language plpgsql as $$
begin
  delete from live_view where execution_id = new.id;
  delete from live_command where execution_id = new.id;
  if new.status <> 'queued' then delete from live_watch where execution_id = new.id; end if;
  return null;
end $$;
create trigger live_view_over after update of status on execution
  for each row when (old.status is distinct from new.status and new.status <> 'running') execute function live_view_over();

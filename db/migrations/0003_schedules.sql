-- Schedules: a suite run by the clock. All times are the database's.

create table schedule (
  id uuid primary key,
  organization_id uuid not null,
  project_id uuid not null,
  -- Null when the suite was deleted: its ticks fail and say so.
  suite_id uuid,
  -- Null: the one of the suite.
  environment_id uuid,
  name text not null check (length(name) between 1 and 200),
  cron text not null check (length(cron) between 1 and 200),
  time_zone text not null check (length(time_zone) between 1 and 100),
  missed text not null check (missed in ('skip', 'once', 'all')),
  paused_at timestamptz,
  -- The next tick; whoever finds it come fires it and moves this on, in one transaction.
  next_at timestamptz,
  created_by uuid references app_user on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organization_id, id),
  unique (project_id, name),
  foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
  foreign key (organization_id, suite_id) references suite (organization_id, id) on delete set null (suite_id),
  foreign key (organization_id, environment_id) references environment (organization_id, id) on delete set null (environment_id),
  check ((next_at is null) = (paused_at is not null))
);
-- What every worker looks into each few seconds.
create index schedule_due on schedule (next_at, id) where next_at is not null;
create index schedule_suite on schedule (suite_id);

-- What became of each tick. Of all who try to fire one, one inserts it. `schedule_tick` is the installation's own.
create table tick (
  schedule_id uuid not null,
  due_at timestamptz not null,
  organization_id uuid not null,
  -- `started` without a run: the run is gone.
  outcome text not null check (outcome in ('started', 'failed', 'missed')),
  run_id uuid,
  reason text check (length(reason) <= 1000),
  -- Missed ticks in a row are one row, by the last of them.
  first_due_at timestamptz not null,
  count int not null default 1 check (count >= 1),
  decided_at timestamptz not null default now(),
  primary key (schedule_id, due_at),
  foreign key (organization_id, schedule_id) references schedule (organization_id, id) on delete cascade,
  foreign key (organization_id, run_id) references run (organization_id, id) on delete set null (run_id),
  check (first_due_at <= due_at),
  check ((outcome = 'started') = (reason is null))
);
create index tick_run on tick (run_id) where run_id is not null;

-- Wider than before, so that no row has to be looked at.
alter table run drop constraint run_trigger_check;
alter table run add constraint run_trigger_check
  check (trigger in ('manual', 'api', 'retry', 'setup', 'schedule')) not valid;

do $$
declare name text;
begin
  foreach name in array array['schedule', 'tick'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (organization_id = any ((select app_organizations())::uuid[]))', name);
  end loop;
end $$;

-- The scheduler belongs to no tenant: it may see what is due, and acts on each in the name of its organization.
create policy due on schedule for select
  using (next_at <= now() and (select current_setting('app.scheduler', true)) = 'on');

-- Schedules whose last run still goes on when a tick comes; shares of projects that somebody has set.

alter table schedule
  -- What becomes of a tick while the run of the one before it goes on.
  add column overlap text not null default 'start' check (overlap in ('start', 'skip', 'queue', 'stop')),
  -- The run of the last tick that started one.
  add column last_run_id uuid,
  -- The tick that waits for that run to end; one at the most.
  add column waiting_at timestamptz,
  add foreign key (organization_id, last_run_id) references run (organization_id, id) on delete set null (last_run_id),
  add check (waiting_at is null or paused_at is null);
create index schedule_last_run on schedule (last_run_id) where last_run_id is not null;
create index schedule_waiting on schedule (id) where waiting_at is not null;

-- Wider than before, so that no row has to be looked at.
alter table tick drop constraint tick_outcome_check;
alter table tick add constraint tick_outcome_check
  check (outcome in ('started', 'failed', 'missed', 'skipped', 'waiting')) not valid;

-- The scheduler sees what waits as well.
alter policy due on schedule
  using ((next_at <= now() or waiting_at is not null) and (select current_setting('app.scheduler', true)) = 'on');

-- What somebody has said about the share of a project in a queue where projects take turns. What is null is as the kind of
-- job, or the plan of the organization, says.
create table share_setting (
  key text primary key,
  project_id uuid not null references project on delete cascade,
  -- Jobs that start in one turn; that run at once; that start in any stretch of so many milliseconds.
  weight smallint check (weight between 1 and 100),
  at_once int check (at_once between 1 and 100000),
  rate_jobs int check (rate_jobs between 1 and 1000),
  rate_ms int check (rate_ms between 1000 and 86400000),
  changed_by text not null,
  changed_at timestamptz not null default now(),
  check ((rate_jobs is null) = (rate_ms is null))
);
create index share_setting_project on share_setting (project_id);

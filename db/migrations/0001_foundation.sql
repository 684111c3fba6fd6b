-- Identity, tenants, tests, runs, jobs. Every tenant table carries organization_id and has forced row-level security:
-- a row is visible when its organization is in the transaction-local setting app.organizations.

create function app_organizations() returns uuid[] language sql stable parallel safe as
$$ select nullif(current_setting('app.organizations', true), '')::uuid[] $$;

create function app_user_id() returns uuid language sql stable parallel safe as
$$ select nullif(current_setting('app.user', true), '')::uuid $$;

-- Identity -------------------------------------------------------------------------------------------------------------

create table app_user (
  id uuid primary key,
  email text not null check (email = lower(email) and length(email) <= 320),
  name text not null check (length(name) <= 200),
  password_hash text,
  platform_role text not null default 'user' check (platform_role in ('admin', 'user', 'viewer')),
  disabled_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index app_user_email on app_user (email);

-- The id is the SHA-256 of what the cookie holds.
create table session (
  id text primary key,
  user_id uuid not null references app_user on delete cascade,
  expires_at timestamptz not null,
  address text,
  user_agent text,
  created_at timestamptz not null default now()
);
create index session_by_user on session (user_id);
create index session_expiry on session (expires_at);

create table refresh_token (
  id uuid primary key,
  user_id uuid not null references app_user on delete cascade,
  family_id uuid not null,
  token_hash text not null unique,
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
);
create index refresh_token_family on refresh_token (family_id);
create index refresh_token_user on refresh_token (user_id);
create index refresh_token_expiry on refresh_token (expires_at);

create table socket_ticket (
  token_hash text primary key,
  user_id uuid not null references app_user on delete cascade,
  expires_at timestamptz not null
);
create index socket_ticket_expiry on socket_ticket (expires_at);

create table idempotency_key (
  user_id uuid not null references app_user on delete cascade,
  key text not null check (length(key) between 1 and 200),
  request_hash text not null,
  status int,
  body jsonb,
  created_at timestamptz not null default now(),
  primary key (user_id, key),
  check (status is not null or body is null)
);
create index idempotency_key_created on idempotency_key (created_at);

-- Tenants --------------------------------------------------------------------------------------------------------------

create table organization (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  created_at timestamptz not null default now()
);

create table member (
  organization_id uuid not null references organization on delete cascade,
  user_id uuid not null references app_user on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id)
);
create index member_user on member (user_id);

create table project (
  id uuid primary key,
  organization_id uuid not null references organization on delete cascade,
  name text not null check (length(name) between 1 and 200),
  slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  base_url text,
  archived_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organization_id, slug),
  unique (organization_id, id)
);

create table environment (
  id uuid primary key,
  organization_id uuid not null,
  project_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  base_url text,
  variables jsonb not null default '{}' check (jsonb_typeof(variables) = 'object'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (project_id, name),
  unique (organization_id, id),
  foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade
);

-- Ciphertext only; see db/services/secrets.ts.
create table secret (
  project_id uuid not null,
  organization_id uuid not null,
  name text not null,
  ciphertext bytea not null,
  key_id text not null,
  updated_at timestamptz not null default now(),
  primary key (project_id, name),
  foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade
);

-- Tests ----------------------------------------------------------------------------------------------------------------

create table test_case (
  id uuid primary key,
  organization_id uuid not null,
  project_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  description text not null default '',
  expected_result text not null default '',
  group_name text,
  priority text not null check (priority in ('critical', 'high', 'medium', 'low')),
  status text not null check (status in ('draft', 'active', 'deprecated', 'quarantined')),
  tags text[] not null default '{}',
  version int not null check (version >= 1),
  step_count int not null,
  search tsvector not null,
  archived_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organization_id, id),
  foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade
);
create index test_case_updated on test_case (project_id, updated_at desc, id desc);
create index test_case_created on test_case (project_id, created_at desc, id desc);
create index test_case_name on test_case (project_id, name, id);
-- No index on tags and search: their operators are not leakproof, so below row-level security PostgreSQL filters the cases
-- of a project by them and never looks into an index first.

create table test_case_version (
  test_case_id uuid not null,
  version int not null check (version >= 1),
  organization_id uuid not null,
  content jsonb not null check (jsonb_typeof(content) = 'object' and jsonb_typeof(content -> 'steps') = 'array'),
  message text not null default '',
  author_id uuid references app_user on delete set null,
  created_at timestamptz not null default now(),
  primary key (test_case_id, version),
  foreign key (organization_id, test_case_id) references test_case (organization_id, id) on delete cascade
);

create table suite (
  id uuid primary key,
  organization_id uuid not null,
  project_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  description text not null default '',
  tag_query text[],
  environment_id uuid,
  retries int not null default 0 check (retries between 0 and 4),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organization_id, id),
  foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
  foreign key (organization_id, environment_id) references environment (organization_id, id) on delete set null (environment_id)
);
create index suite_project on suite (project_id, id desc);

create table suite_case (
  suite_id uuid not null,
  test_case_id uuid not null,
  organization_id uuid not null,
  position int not null,
  primary key (suite_id, test_case_id),
  foreign key (organization_id, suite_id) references suite (organization_id, id) on delete cascade,
  foreign key (organization_id, test_case_id) references test_case (organization_id, id) on delete cascade
);
create index suite_case_test_case on suite_case (test_case_id);

-- Runs -----------------------------------------------------------------------------------------------------------------

create table run (
  id uuid primary key,
  organization_id uuid not null,
  project_id uuid not null,
  suite_id uuid,
  name text not null,
  trigger text not null check (trigger in ('manual', 'api', 'retry', 'setup')),
  status text not null default 'queued'
    check (status in ('queued', 'running', 'passed', 'failed', 'flaky', 'error', 'cancelled', 'skipped')),
  queued int not null default 0 check (queued >= 0),
  running int not null default 0 check (running >= 0),
  passed int not null default 0 check (passed >= 0),
  failed int not null default 0 check (failed >= 0),
  flaky int not null default 0 check (flaky >= 0),
  error int not null default 0 check (error >= 0),
  cancelled int not null default 0 check (cancelled >= 0),
  skipped int not null default 0 check (skipped >= 0),
  revision int not null default 1,
  created_by uuid references app_user on delete set null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  unique (organization_id, id),
  foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
  foreign key (organization_id, suite_id) references suite (organization_id, id) on delete set null (suite_id),
  check ((finished_at is null) = (status in ('queued', 'running')))
);
create index run_project on run (project_id, id desc);
create index run_suite on run (suite_id, id desc);
create index run_organization on run (organization_id, id desc);
create index run_open on run (project_id) where finished_at is null;

create table execution (
  id uuid primary key,
  organization_id uuid not null,
  project_id uuid not null,
  run_id uuid not null,
  test_case_id uuid not null,
  version int not null,
  test_case_name text not null,
  group_name text,
  browser text not null check (browser in ('chromium')),
  viewport jsonb not null check (jsonb_typeof(viewport) = 'object'),
  environment_id uuid,
  base_url text,
  variables jsonb not null default '{}' check (jsonb_typeof(variables) = 'object'),
  status text not null default 'queued'
    check (status in ('queued', 'running', 'passed', 'failed', 'flaky', 'error', 'cancelled', 'skipped')),
  -- The number of the current or last attempt; 0 before the first.
  attempt int not null default 0,
  attempts_max int not null default 1 check (attempts_max between 1 and 5),
  failure jsonb check (jsonb_typeof(failure) = 'object'),
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  unique (organization_id, id),
  foreign key (organization_id, run_id) references run (organization_id, id) on delete cascade,
  foreign key (organization_id, test_case_id) references test_case (organization_id, id) on delete cascade,
  check ((finished_at is null) = (status in ('queued', 'running')))
);
create index execution_run on execution (run_id, id);
create index execution_test_case on execution (test_case_id, id desc);
create index execution_project on execution (project_id, id desc);
create index execution_organization on execution (organization_id, id desc);

create table attempt (
  execution_id uuid not null,
  number int not null check (number >= 1),
  organization_id uuid not null,
  status text not null default 'running' check (status in ('running', 'passed', 'failed', 'error', 'cancelled', 'lost')),
  worker_id uuid,
  -- The lease that this attempt runs under; every write about it says so.
  lease_token uuid not null,
  failure jsonb check (jsonb_typeof(failure) = 'object'),
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (execution_id, number),
  foreign key (organization_id, execution_id) references execution (organization_id, id) on delete cascade,
  check ((finished_at is null) = (status = 'running'))
);

-- Numbered 1..n per execution by the holder of the lease.
create table event (
  execution_id uuid not null,
  seq int not null check (seq >= 1),
  organization_id uuid not null,
  attempt int not null,
  at timestamptz not null,
  type text not null,
  body jsonb not null check (jsonb_typeof(body) = 'object'),
  primary key (execution_id, seq),
  foreign key (organization_id, execution_id) references execution (organization_id, id) on delete cascade
);
-- One terminal event per execution, whatever is killed.
create unique index event_terminal on event (execution_id) where type = 'execution-finished';

create table artifact (
  id uuid primary key,
  organization_id uuid not null,
  execution_id uuid not null,
  attempt int not null,
  kind text not null check (kind in ('screenshot', 'download')),
  name text not null,
  step int,
  content_type text not null,
  size_bytes bigint not null check (size_bytes >= 0),
  sha256 text not null,
  storage_key text not null,
  width int,
  height int,
  created_at timestamptz not null default now(),
  foreign key (organization_id, execution_id) references execution (organization_id, id) on delete cascade
);
create index artifact_execution on artifact (execution_id, id);

-- A verdict is final, and no other way leads to it than those of db/domain/states.ts.
create function execution_transition() returns trigger language plpgsql as $$
begin
  if old.status is distinct from new.status and not (
    (old.status = 'queued' and new.status in ('running', 'cancelled', 'error', 'skipped')) or
    (old.status = 'running' and new.status in ('queued', 'passed', 'failed', 'flaky', 'error', 'cancelled'))
  ) then
    raise exception 'execution % cannot go from % to %', old.id, old.status, new.status using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger execution_transition before update of status on execution
  for each row execute function execution_transition();

create function attempt_transition() returns trigger language plpgsql as $$
begin
  if old.status <> 'running' and old.status is distinct from new.status then
    raise exception 'attempt % of execution % has ended as %', old.number, old.execution_id, old.status
      using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger attempt_transition before update of status on attempt
  for each row execute function attempt_transition();

-- Jobs: infrastructure, not tenant data. Payloads hold ids only. --------------------------------------------------------

create table worker (
  id uuid primary key,
  name text not null,
  host text not null,
  pid int not null,
  version text not null,
  browsers text[] not null default '{}',
  slots int not null check (slots >= 1),
  draining boolean not null default false,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);

-- Only what is not finished: claiming never sees history.
create table outbox (
  id uuid primary key,
  kind text not null,
  state text not null check (state in ('ready', 'scheduled', 'running')),
  priority smallint not null,
  organization_id uuid,
  payload jsonb not null check (jsonb_typeof(payload) = 'object'),
  -- At most one unfinished job of a kind has the key.
  unique_key text,
  -- How often it was claimed, failed by an error of ours, lost with its worker, handed back by a stopping worker.
  attempt int not null default 0,
  failures int not null default 0,
  crashes int not null default 0,
  interruptions int not null default 0,
  worker_id uuid,
  lease_token uuid,
  lease_until timestamptz,
  cancel_reason text,
  last_error text,
  run_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  claimed_at timestamptz,
  check ((state = 'running') = (lease_token is not null)),
  check ((state = 'running') = (lease_until is not null)),
  check ((state = 'running') = (worker_id is not null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000);
create index outbox_ready on outbox (priority, id) where state = 'ready';
create index outbox_scheduled on outbox (run_at) where state = 'scheduled';
create index outbox_running on outbox (lease_until) where state = 'running';
create unique index outbox_unique on outbox (kind, unique_key) where unique_key is not null;

create table outbox_done (
  id uuid primary key,
  kind text not null,
  outcome text not null check (outcome in ('done', 'cancelled', 'dead')),
  priority smallint not null,
  organization_id uuid,
  payload jsonb not null,
  unique_key text,
  attempt int not null,
  failures int not null,
  crashes int not null,
  interruptions int not null,
  worker_id uuid,
  error text,
  run_at timestamptz not null,
  created_at timestamptz not null,
  claimed_at timestamptz,
  finished_at timestamptz not null default now()
);
create index outbox_done_finished on outbox_done (finished_at);
create index outbox_done_outcome on outbox_done (outcome, id desc);

-- Audit: written in the transaction of what it tells of; never changed. -------------------------------------------------

create table audit (
  id uuid primary key,
  at timestamptz not null default now(),
  organization_id uuid,
  actor_id uuid,
  actor text not null,
  action text not null,
  entity text not null,
  entity_id text,
  before jsonb,
  after jsonb,
  address text,
  user_agent text,
  request_id text
);
create index audit_organization on audit (organization_id, id desc);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin raise exception 'audit rows are never changed' using errcode = 'insufficient_privilege'; end $$;
create trigger audit_is_append_only before update or delete or truncate on audit
  for each statement execute function audit_is_append_only();

-- Row-level security ---------------------------------------------------------------------------------------------------

do $$
declare name text;
begin
  foreach name in array array['project', 'environment', 'secret', 'test_case', 'test_case_version', 'suite', 'suite_case',
                              'run', 'execution', 'attempt', 'event', 'artifact'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (organization_id = any ((select app_organizations())::uuid[]))', name);
  end loop;
end $$;

alter table organization enable row level security;
alter table organization force row level security;
create policy tenant on organization using (id = any ((select app_organizations())::uuid[]));

-- Who signs in must find out where they are a member before any organization is in the setting.
alter table member enable row level security;
alter table member force row level security;
create policy tenant on member using (organization_id = any ((select app_organizations())::uuid[]));
create policy own on member for select using (user_id = (select app_user_id()));

alter table audit enable row level security;
alter table audit force row level security;
create policy tenant on audit for select using (organization_id = any ((select app_organizations())::uuid[]));
create policy append on audit for insert
  with check (organization_id is null or organization_id = any ((select app_organizations())::uuid[]));

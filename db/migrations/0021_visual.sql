-- Pictures that steps compare, those that people have approved, and the branch that a run is of.

-- The branch that runs are of when they name none; approved pictures of it hold where a branch has none of its own.
alter table project
  add column default_branch text not null default 'main' check (length(default_branch) between 1 and 200),
  add column new_snapshots text not null default 'fail' check (new_snapshots in ('fail', 'pass'));
alter table run add column branch text check (length(branch) between 1 and 200);

-- The old kinds stay allowed, so code of before goes on.
alter table artifact drop constraint artifact_kind_check;
alter table artifact add constraint artifact_kind_check
  check (kind in ('screenshot', 'download', 'replay', 'network', 'har', 'video', 'captions', 'frames', 'accessibility',
    'snapshot')) not valid;

-- A picture that somebody approved. Rows are never changed: the next one of a name has a higher revision. The file belongs to the
-- organization by its content (`artifactKey`), and stays as long as a row here names it.
create table baseline (
  id uuid primary key,
  organization_id uuid not null,
  project_id uuid not null,
  test_case_id uuid not null,
  branch text not null check (length(branch) between 1 and 200),
  name text not null check (length(name) between 1 and 200),
  -- The columns after it as one text: what the picture depends on besides (`variantText` in db/domain/snapshots.ts).
  variant text not null,
  browser text not null,
  width int not null,
  height int not null,
  scale real not null,
  mobile boolean not null,
  platform text not null,
  revision int not null check (revision >= 1),
  storage_key text not null,
  sha256 text not null,
  size_bytes bigint not null check (size_bytes >= 0),
  picture_width int not null,
  picture_height int not null,
  execution_id uuid,
  approved_by uuid references app_user on delete set null,
  approved_at timestamptz not null,
  -- Of two who approve at once, one does.
  constraint baseline_revision unique (test_case_id, branch, name, variant, revision),
  unique (organization_id, id),
  foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
  foreign key (organization_id, test_case_id) references test_case (organization_id, id) on delete cascade,
  foreign key (organization_id, execution_id) references execution (organization_id, id) on delete set null (execution_id)
);
create index baseline_project on baseline (project_id, id desc);
create index baseline_stored on baseline (storage_key);
create index baseline_execution on baseline (execution_id) where execution_id is not null;
create index baseline_approver on baseline (approved_by) where approved_by is not null;

-- A picture that was new or looked different, until somebody decides about it. It goes with its execution.
create table snapshot (
  id uuid primary key,
  organization_id uuid not null,
  project_id uuid not null,
  test_case_id uuid not null,
  run_id uuid not null,
  execution_id uuid not null,
  attempt int not null,
  step int not null,
  branch text not null,
  name text not null,
  variant text not null,
  browser text not null,
  width int not null,
  height int not null,
  scale real not null,
  mobile boolean not null,
  platform text not null,
  result text not null check (result in ('new', 'different')),
  state text not null default 'waiting' check (state in ('waiting', 'approved', 'rejected', 'outdated')),
  baseline_id uuid,
  actual_id uuid not null,
  expected_id uuid,
  diff_id uuid,
  pixels bigint,
  ratio double precision,
  created_at timestamptz not null default now(),
  decided_at timestamptz,
  decided_by uuid references app_user on delete set null,
  foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
  foreign key (organization_id, test_case_id) references test_case (organization_id, id) on delete cascade,
  foreign key (organization_id, execution_id) references execution (organization_id, id) on delete cascade,
  foreign key (organization_id, baseline_id) references baseline (organization_id, id) on delete set null (baseline_id),
  check ((decided_at is null) = (state = 'waiting'))
);
create index snapshot_project on snapshot (project_id, state, id desc);
create index snapshot_run on snapshot (run_id, id) where state = 'waiting';
create index snapshot_execution on snapshot (execution_id, id);
create index snapshot_subject on snapshot (test_case_id, branch, name, variant) where state = 'waiting';
create index snapshot_baseline on snapshot (baseline_id) where baseline_id is not null;
create index snapshot_decider on snapshot (decided_by) where decided_by is not null;

do $$
declare name text;
begin
  foreach name in array array['baseline', 'snapshot'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (organization_id = any ((select app_organizations())::uuid[]))', name);
  end loop;
end $$;

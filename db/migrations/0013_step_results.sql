-- What checks for accessibility find is kept as a file. The old kinds stay allowed, so code of before goes on.
alter table artifact drop constraint artifact_kind_check;
alter table artifact add constraint artifact_kind_check
  check (kind in ('screenshot', 'download', 'replay', 'network', 'har', 'video', 'captions', 'frames', 'accessibility')) not valid;

-- Steps that test cases share, called by their name. A version is never changed.
create table step_group (
  id uuid primary key,
  organization_id uuid not null,
  project_id uuid not null,
  name text not null check (length(name) between 1 and 100),
  version int not null check (version >= 1),
  step_count int not null,
  -- The groups that its steps call.
  calls text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organization_id, id),
  unique (project_id, name),
  foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade
);
create index step_group_calls on step_group using gin (calls) where calls <> '{}';

create table step_group_version (
  group_id uuid not null,
  version int not null check (version >= 1),
  organization_id uuid not null,
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  message text not null default '' check (length(message) <= 500),
  author_id uuid references app_user on delete set null,
  created_at timestamptz not null default now(),
  primary key (group_id, version),
  foreign key (organization_id, group_id) references step_group (organization_id, id) on delete cascade
);

-- The groups that a case calls, so that a group knows who uses it. Empty for cases that were saved before there were groups.
alter table test_case add column calls text[] not null default '{}';
create index test_case_calls on test_case using gin (calls) where calls <> '{}';

-- Which version of each group an execution runs: fixed when its first attempt begins, the same for those after it.
alter table execution add column group_versions jsonb check (jsonb_typeof(group_versions) = 'object');

do $$
declare name text;
begin
  foreach name in array array['step_group', 'step_group_version'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (organization_id = any ((select app_organizations())::uuid[]))', name);
  end loop;
end $$;

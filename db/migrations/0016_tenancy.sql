-- Roles in projects, invitations, plans, and an audit that is read, exported and kept for as long as the plan says.

-- Projects ---------------------------------------------------------------------------------------------------------------

-- A project is open to its whole organization, or only to those who have a role in it (and who run the organization).
alter table project
  add column access text not null default 'organization' check (access in ('organization', 'members'));
create index project_closed on project (organization_id) where access = 'members';

create table project_member (
  project_id uuid not null,
  organization_id uuid not null,
  user_id uuid not null,
  role text not null check (role in ('owner', 'admin', 'developer', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (project_id, user_id),
  foreign key (organization_id, project_id) references project (organization_id, id) on delete cascade,
  -- Who leaves the organization leaves its projects.
  foreign key (organization_id, user_id) references member (organization_id, user_id) on delete cascade
);
create index project_member_user on project_member (user_id, organization_id);

-- What somebody has started and what has not ended, for when that person is removed.
create index run_open_by on run (created_by) where finished_at is null;

-- Invitations ------------------------------------------------------------------------------------------------------------

create table invitation (
  id uuid primary key,
  organization_id uuid not null references organization on delete cascade,
  email text not null check (email = lower(email) and length(email) <= 320),
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  -- [{ "projectId", "role" }]; of projects that are still there when it is accepted.
  project_roles jsonb not null default '[]' check (jsonb_typeof(project_roles) = 'array'),
  token_hash text not null unique,
  invited_by uuid references app_user on delete set null,
  created_at timestamptz not null default now(),
  -- When the token was made that opens it now.
  sent_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by uuid references app_user on delete set null,
  revoked_at timestamptz,
  check (accepted_at is null or revoked_at is null)
);
create unique index invitation_open on invitation (organization_id, email)
  where accepted_at is null and revoked_at is null;
create index invitation_organization on invitation (organization_id, id desc);

-- Plans ------------------------------------------------------------------------------------------------------------------

-- What an organization may use; null is without a limit, and so is an organization without a row.
create table organization_plan (
  organization_id uuid primary key references organization on delete cascade,
  members_max int check (members_max between 1 and 1000000),
  projects_max int check (projects_max between 0 and 1000000),
  -- Executions that run at once.
  parallel_max int check (parallel_max between 1 and 100000),
  -- How long the audit is kept. Never shorter than a month, so that nobody can make evidence disappear quickly.
  retention_days int check (retention_days between 30 and 3650),
  artifact_bytes_max bigint check (artifact_bytes_max >= 0),
  changed_by text not null,
  changed_at timestamptz not null default now()
);

-- What the stored files of an organization come to: kept by the trigger below, so that nobody has to add them up.
create table organization_usage (
  organization_id uuid primary key references organization on delete cascade,
  artifact_bytes bigint not null default 0
);
insert into organization_usage (organization_id, artifact_bytes)
  select organization_id, sum(size_bytes) from artifact where lost_reason is null group by organization_id;

create function artifact_bytes_added() returns trigger language plpgsql as $$
begin
  insert into organization_usage as u (organization_id, artifact_bytes)
    select organization_id, sum(size_bytes) from added where lost_reason is null group by organization_id
    on conflict (organization_id) do update set artifact_bytes = u.artifact_bytes + excluded.artifact_bytes;
  return null;
end $$;
create trigger artifact_bytes_added after insert on artifact referencing new table as added
  for each statement execute function artifact_bytes_added();

create function artifact_bytes_gone() returns trigger language plpgsql as $$
begin
  update organization_usage u set artifact_bytes = greatest(0, u.artifact_bytes - gone.bytes)
    from (select organization_id, sum(size_bytes) as bytes from removed where lost_reason is null group by organization_id) gone
    where u.organization_id = gone.organization_id;
  return null;
end $$;
create trigger artifact_bytes_gone after delete on artifact referencing old table as removed
  for each statement execute function artifact_bytes_gone();

do $$
declare name text;
begin
  foreach name in array array['project_member', 'invitation', 'organization_plan', 'organization_usage'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (organization_id = any ((select app_organizations())::uuid[]))', name);
  end loop;
end $$;

-- Who signs in must find out in which projects they have a role.
create policy own on project_member for select using (user_id = (select app_user_id()));
-- Who holds a token belongs to no tenant yet: it opens the one row that it is for.
create policy holder on invitation for select
  using (token_hash = (select nullif(current_setting('app.invitation', true), '')));
-- Whoever claims jobs works for all tenants, and must know how many of each may run at once.
create policy claim on organization_plan for select
  using ((select current_setting('app.claimer', true)) = 'on');
-- Those who run the installation see which organizations there are; and nothing of what is in them.
create policy installation on organization for select
  using ((select current_setting('app.installation', true)) = 'on');

-- Audit ------------------------------------------------------------------------------------------------------------------

create index audit_at on audit (at);
create index audit_entity on audit (organization_id, entity, entity_id, id desc);

-- Nobody changes a row, the owner of the table neither; and rows go only by the function below, once they are old.
drop trigger audit_is_append_only on audit;
create or replace function audit_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and tg_level = 'STATEMENT' and current_setting('app.audit_forget', true) = 'on' then
    return null;
  end if;
  if tg_op = 'DELETE' and tg_level = 'ROW' and old.at < now() - interval '30 days' then
    return old;
  end if;
  raise exception 'audit rows are never changed' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_is_append_only before update or delete or truncate on audit
  for each statement execute function audit_is_append_only();
create trigger audit_is_kept before delete on audit for each row execute function audit_is_append_only();

-- What belongs to no organization is for those who run the installation.
create policy installation on audit for select
  using (organization_id is null and (select current_setting('app.installation', true)) = 'on');
create policy forget on audit for delete
  using ((select current_setting('app.audit_forget', true)) = 'on' and at < now() - interval '30 days');
create policy forget_select on audit for select
  using ((select current_setting('app.audit_forget', true)) = 'on' and at < now() - interval '30 days');
create policy forget on organization_plan for select
  using ((select current_setting('app.audit_forget', true)) = 'on');

-- Deletes what is older than the plan of its organization says, or than so many days where it says nothing; `most` rows in
-- one call. Returns how many went. Runs with the rights of the owner, since nobody else may delete.
create function audit_forget(days_default int, most int) returns int
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '1s' as $$
declare gone int;
begin
  perform set_config('app.audit_forget', 'on', true);
  delete from audit where id in (
    select a.id from audit a left join organization_plan p on p.organization_id = a.organization_id
    where a.at < now() - make_interval(days => greatest(30, coalesce(p.retention_days, days_default)))
    order by a.at limit most);
  get diagnostics gone = row_count;
  perform set_config('app.audit_forget', 'off', true);
  return gone;
end $$;
revoke all on function audit_forget from public;

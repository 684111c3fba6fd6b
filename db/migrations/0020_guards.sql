-- Secrets that each have a key of their own, and what keeps an installation's history within bounds. Only additions, so that an API
-- of the version before goes on beside this one.

-- What a value is sealed for, beside its organization and project: the row, and how often it has been set. Rows that were sealed
-- before know neither, and are told apart by the name of their key; see db/services/envelope.ts.
alter table secret
  add column id uuid not null default gen_random_uuid(),
  add column version int not null default 1 check (version >= 1);
create unique index secret_row on secret (organization_id, id);

-- How long results are kept, by the plan ----------------------------------------------------------------------------------

alter table organization_plan
  -- Runs that ended longer ago go, with their executions and files; null keeps them.
  add column result_days int check (result_days between 1 and 3650);

-- Whoever keeps house works for all tenants, and must know how long each keeps what.
create policy keeper on organization_plan for select
  using ((select current_setting('app.keeper', true)) = 'on');

-- Only what has ended can be deleted, whatever a statement says.
create policy ended on run as restrictive for delete using (finished_at is not null);
create policy ended on execution as restrictive for delete using (finished_at is not null);

-- Stored objects that lost a row: whether another row names them is looked at once nobody can be about to add one.
create table unused_file (
  storage_key text primary key,
  organization_id uuid not null,
  noted_at timestamptz not null default now()
);
create index unused_file_noted on unused_file (organization_id, noted_at);
alter table unused_file enable row level security;
alter table unused_file force row level security;
create policy tenant on unused_file using (organization_id = any ((select app_organizations())::uuid[]));
create index artifact_storage_key on artifact (storage_key);

-- Whoever deletes a whole organization by hand works for no tenant, and notes nothing.
create function artifact_file_unused() returns trigger language plpgsql as $$
begin
  insert into unused_file (storage_key, organization_id)
    select distinct storage_key, organization_id from removed
    where lost_reason is null and organization_id = any (app_organizations())
    on conflict (storage_key) do update set noted_at = excluded.noted_at;
  return null;
end $$;
create trigger artifact_file_unused after delete on artifact referencing old table as removed
  for each statement execute function artifact_file_unused();

-- Audit --------------------------------------------------------------------------------------------------------------------

-- What one account has done, the newest first.
create index audit_actor on audit (organization_id, actor_id, id desc);

-- Limits -------------------------------------------------------------------------------------------------------------------

-- How often a principal (hashed) has done something in its window; `expire` in ms since 1970. Where there is no Redis. Unlogged:
-- after a crash counting begins anew. The columns and their order are those of rate-limiter-flexible.
create unlogged table rate_limit (
  key text primary key,
  points int not null default 0,
  expire bigint
) with (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

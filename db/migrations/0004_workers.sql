-- Workers that can be told what to do and that say how they are; jobs that say what they need.

alter table worker
  -- What it is to do (see db/domain/workers.ts), since when and why; `mode_by` is null when it decided so itself.
  add column mode text not null default 'active' check (mode in ('active', 'quiet', 'draining', 'quarantined')),
  add column mode_reason text check (length(mode_reason) <= 4000),
  add column mode_by text,
  add column mode_at timestamptz not null default now(),
  -- What it does not claim by its own finding, and why: its version, its memory.
  add column refuses text not null default 'nothing' check (refuses in ('nothing', 'executions', 'everything')),
  add column refusal text,
  add constraint worker_refusal check ((refuses = 'nothing') = (refusal is null)),
  -- Of its machine, or what of that it may use; and what it has done since it started.
  add column memory_bytes bigint,
  add column memory_free_bytes bigint,
  add column load real,
  add column processed bigint not null default 0,
  add column failed bigint not null default 0,
  add column faults bigint not null default 0;

-- Which workers may claim: those that know this migration, or a newer one, and speak a protocol in this range. A migration
-- that older workers can't live with raises the bar; see db/outbox/terms.ts.
create table worker_terms (
  is_only boolean primary key default true check (is_only),
  schema_min text not null,
  protocol_min int not null,
  protocol_max int not null check (protocol_max >= protocol_min)
);
insert into worker_terms (schema_min, protocol_min, protocol_max) values ('0004_workers.sql', 1, 1);

-- The browser that a worker must have, in the queue where that matters. The default is for rows of code that does not know
-- the column yet. First in the index: a claim never sees jobs that its worker can't do, however many wait.
alter table outbox add column browser text default 'chromium';
update outbox set browser = null where key is null;
drop index outbox_turn;
create index outbox_turn on outbox (queue, browser, key, priority, id) where state = 'ready' and key is not null;

-- How far a job has come, by its own account, and what came of it.
alter table outbox
  add column progress real check (progress between 0 and 1),
  add column progress_text text check (length(progress_text) <= 200);
alter table outbox_done add column result jsonb;

-- How many jobs of a key start in one turn: what an organization's plan says, as of when the job was added.
alter table organization add column share_weight smallint not null default 1 check (share_weight between 1 and 100);
alter table outbox add column weight smallint not null default 1 check (weight between 1 and 100);

-- Until when the finished jobs of a kind that is kept for a shorter time were deleted, and up to which block of the next part.
create table outbox_done_forgotten (
  kind text primary key,
  until timestamptz not null default '-infinity',
  block int not null default 0
);

-- Deletes finished jobs of a kind from the oldest part that ended more than `days_kept` days ago and has not been gone
-- through, a number of blocks at a time: each block is read once, whatever is deleted. Dead letters stay as long as the part.
create function outbox_done_forget(of_kind text, days_kept int, blocks int, out deleted int, out is_over boolean)
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '1s' set timezone = 'UTC' as $$
declare
  mark outbox_done_forgotten;
  part record;
begin
  if days_kept not between 1 and 3650 or blocks not between 1 and 10000 then
    raise exception 'days kept must be 1 to 3650 and blocks 1 to 10000, not % and %', days_kept, blocks;
  end if;
  deleted := 0;
  insert into outbox_done_forgotten (kind) values (of_kind) on conflict do nothing;
  select * into mark from outbox_done_forgotten where kind = of_kind for update;
  select p.part, p.ends, pg_relation_size(p.part) / current_setting('block_size')::int as blocks into part
    from outbox_done_part p
    where p.ends > mark.until and p.ends <= now() - days_kept * interval '1 day' order by p.ends limit 1;
  is_over := part is null;
  if is_over then return; end if;
  execute format($sql$delete from %s where ctid >= %L::tid and ctid < %L::tid and kind = $1 and outcome <> 'dead'$sql$,
    part.part, format('(%s,0)', mark.block), format('(%s,0)', mark.block + blocks)) using of_kind;
  get diagnostics deleted = row_count;
  if mark.block + blocks >= part.blocks then
    update outbox_done_forgotten set until = part.ends, block = 0 where kind = of_kind;
  else
    update outbox_done_forgotten set block = mark.block + blocks where kind = of_kind;
  end if;
end $$;
revoke all on function outbox_done_forget from public;

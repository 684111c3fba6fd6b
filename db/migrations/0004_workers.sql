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

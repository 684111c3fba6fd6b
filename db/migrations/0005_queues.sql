-- Queues that people pause and limit, what queues have lately done, and what happened to a job, try by try.

-- What somebody has said about a queue; a queue without a row is open and without a limit of its own.
create table queue_setting (
  queue text primary key,
  paused boolean not null default false,
  -- Jobs that may run at once, on all workers together.
  slots int check (slots between 1 and 100000),
  reason text,
  changed_by text not null,
  changed_at timestamptz not null default now()
);

-- What workers have done, in spans of 5 seconds, a minute and 15 minutes: so a chart reads a hundred rows, whatever the
-- history. `waits` and `runs` count by duration; see db/domain/tally.ts for the bounds.
create table queue_tally (
  span_s int not null,
  at timestamptz not null,
  kind text not null,
  started int not null,
  finished int not null,
  failed int not null,
  waits int[] not null,
  runs int[] not null,
  primary key (span_s, at, kind)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

-- The tries that did not end the job, the last ones: when, on which worker, how they ended and why. Added to by the
-- statements that hand a job back, which write its row in any case; a job that is done at once never has one.
alter table outbox add column history jsonb;
alter table outbox_done
  add column history jsonb,
  add column key text,
  -- A dead letter that somebody has dealt with: who, when, and the job that was made of it; null where it was discarded.
  add column handled_at timestamptz,
  add column handled_by text,
  add column replayed_as uuid;

create index outbox_done_dead on outbox_done (id desc) where outcome = 'dead' and handled_at is null;
-- Of shared queues only: what is done in the others costs no more than before.
create index outbox_done_key on outbox_done (key, id desc) where key is not null;

-- Answers to requests with an Idempotency-Key are written in the transaction of what was done. Only additions: an API of the
-- version before goes on beside this one.

alter table idempotency_key
  -- As it was answered, with its keys in their order, which jsonb does not keep.
  alter column body type json,
  add column headers jsonb check (jsonb_typeof(headers) = 'object'),
  -- What was demanded of who asked: a repeat has to meet it again.
  add column demands jsonb check (jsonb_typeof(demands) = 'array');

-- The rare kinds of job among a long history. Executions are nearly all of it: there the newest of any kind are soon found, and
-- ending one writes no further index.
create index outbox_done_kind on outbox_done (kind, outcome, id desc) where kind <> 'execution';

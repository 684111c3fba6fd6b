-- Attempts that are tried again may be recorded alone; a film of the pages has a policy of its own, since it costs the most.
alter table project drop constraint project_evidence_check;
alter table project add constraint project_evidence_check
  check (evidence in ('off', 'on-failure', 'on-retry', 'on')) not valid;
alter table run drop constraint run_evidence_check;
alter table run add constraint run_evidence_check
  check (evidence in ('off', 'on-failure', 'on-retry', 'on')) not valid;
alter table project add column video text not null default 'off' check (video in ('off', 'on-failure', 'on-retry', 'on'));
alter table run add column video text check (video in ('off', 'on-failure', 'on-retry', 'on'));

-- The pictures that a film is made of, until it is made. Code of before goes on: it stores none.
alter table artifact drop constraint artifact_kind_check;
alter table artifact add constraint artifact_kind_check
  check (kind in ('screenshot', 'download', 'replay', 'network', 'har', 'video', 'captions', 'frames')) not valid;

-- What is kept of attempts: by the project, or by the run where it says something else.
alter table project add column evidence text not null default 'on' check (evidence in ('off', 'on-failure', 'on'));
alter table run add column evidence text check (evidence in ('off', 'on-failure', 'on'));

-- Kinds of files that recordings make. The old ones stay allowed, so code of before goes on.
alter table artifact drop constraint artifact_kind_check;
alter table artifact add constraint artifact_kind_check
  check (kind in ('screenshot', 'download', 'replay', 'network', 'har', 'video', 'captions')) not valid;

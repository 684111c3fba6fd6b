-- What the tests of a project may reach beyond public addresses where workers hold them: `CIDR:port`, read by `db/domain/egress.ts`.
alter table project add column egress_allow text[] not null default '{}'
  check (cardinality(egress_allow) <= 50 and array_position(egress_allow, null) is null);

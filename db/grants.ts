import type { Sql } from "postgres";

/** What the application role may do, table by table; the owner migrates, and nobody else changes the schema. */
const privileges: Record<string, string> = {
  app_user: "select, insert, update",
  session: "select, insert, update, delete",
  refresh_token: "select, insert, update, delete",
  socket_ticket: "select, insert, delete",
  token_family: "select, insert, update, delete",
  account_link: "select, insert, update, delete",
  mail: "select, insert, update, delete",
  two_factor: "select, insert, update, delete",
  recovery_code: "select, insert, update, delete",
  api_token: "select, insert, update, delete",
  sign_on: "select, insert, update, delete",
  platform_setting: "select, insert, update",
  idempotency_key: "select, insert, update, delete",
  rate_limit: "select, insert, update, delete",
  organization: "select, insert, update",
  member: "select, insert, update, delete",
  project: "select, insert, update",
  project_member: "select, insert, update, delete",
  invitation: "select, insert, update",
  organization_plan: "select, insert, update",
  organization_usage: "select, insert, update",
  environment: "select, insert, update, delete",
  secret: "select, insert, update, delete",
  test_case: "select, insert, update, delete",
  test_case_version: "select, insert",
  step_group: "select, insert, update, delete",
  step_group_version: "select, insert",
  suite: "select, insert, update, delete",
  suite_case: "select, insert, update, delete",
  schedule: "select, insert, update, delete",
  tick: "select, insert, update, delete",
  // Deleted is only what has ended: see the policies of that name.
  run: "select, insert, update, delete",
  execution: "select, insert, update, delete",
  attempt: "select, insert, update",
  event: "select, insert",
  // Its row is held while its picture is approved, and PostgreSQL lets only those hold a row who may change something of it.
  artifact: "select, insert, delete, update (lost_reason)",
  unused_file: "select, insert, update, delete",
  // An approved picture is never changed.
  baseline: "select, insert",
  snapshot: "select, insert, update",
  live_view: "select, insert, update, delete",
  live_watch: "select, insert, update, delete",
  live_command: "select, insert, update, delete",
  worker: "select, insert, update, delete",
  outbox: "select, insert, update, delete",
  // The history is added to; only what became of a dead letter is said afterwards.
  outbox_done: "select, insert, update (handled_at, handled_by, replayed_as)",
  outbox_rate: "select, insert, update, delete",
  queue_setting: "select, insert, update",
  share_setting: "select, insert, update, delete",
  queue_tally: "select, insert, update, delete",
  worker_terms: "select",
  schedule_tick: "select, insert, delete",
  audit: "select, insert",
  schema_migration: "select",
};

/** What needs the owner's rights and is safe in anybody's hands, to be called by the application role. */
const functions = [
  "outbox_done_turn_over(int, int)",
  "outbox_done_forget(text, int, int)",
  "event_turn_over(int, int)",
  "audit_forget(int, int)",
];

/** Grants the application role its privileges; may be repeated. A table that is not listed stays closed to it. */
export async function grantApplicationRole(owner: Sql, role: string): Promise<void> {
  await owner`grant usage on schema public to ${owner(role)}`;
  for (const [table, verbs] of Object.entries(privileges)) {
    await owner.unsafe(`revoke all on ${table} from "${role.replaceAll('"', '""')}"`);
    await owner.unsafe(`grant ${verbs} on ${table} to "${role.replaceAll('"', '""')}"`);
  }
  for (const name of functions) {
    await owner.unsafe(`grant execute on function ${name} to "${role.replaceAll('"', '""')}"`);
  }
}

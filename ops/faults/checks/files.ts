import { createHash } from "node:crypto";
import { type Check, finding, merged } from "./evidence.ts";

/** I5: every artifact that a row or an event speaks of is there, whole. */
export const artifactsThere: Check = async ({ sql, stored, ledger }) => {
  const rows = await sql<{ id: string; storage_key: string; size_bytes: string; sha256: string }[]>`
    select id, storage_key, size_bytes, sha256 from artifact where lost_reason is null`;
  const contents: { row: (typeof rows)[number]; bytes: Uint8Array | null }[] = [];
  for (const row of rows) contents.push({ row, bytes: await stored(row.storage_key) });
  const given = finding(ledger.reads, ({ artifactId, status, sha256, promised }) => {
    if (status !== 200) return status === 503 ? null : `artifact ${artifactId} was answered ${status}`;
    return sha256 === null || promised === `"${sha256}"`
      ? null
      : `artifact ${artifactId} was given as a whole with other bytes than were stored`;
  });
  const files = finding(contents, ({ row, bytes }) => {
    if (!bytes) return `artifact ${row.id} has no object (${row.storage_key})`;
    if (bytes.byteLength !== Number(row.size_bytes)) {
      return `artifact ${row.id} has ${bytes.byteLength} bytes instead of ${row.size_bytes}`;
    }
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return sha256 === row.sha256 ? null : `artifact ${row.id} has other bytes than its row says`;
  });
  const events = await sql<{ execution_id: string; seq: number; named: string; has: boolean }[]>`
    select v.execution_id, v.seq, v.named, exists (select from artifact f where f.id::text = v.named
      and f.execution_id = v.execution_id) as has
    from (select execution_id, seq, coalesce(body ->> 'artifactId', body ->> 'screenshotId') as named from event) v
    where v.named is not null`;
  const named = finding(events, ({ execution_id, seq, named, has }) =>
    has ? null : `event ${seq} of execution ${execution_id} names artifact ${named}, which has no row`,
  );
  return merged(files, given, named);
};

/** I6: no process and no folder is left. They are looked for by the runner, while and after the workers live. */
export const nothingLeft: Check = async ({ left }) => ({ checked: 1, breaks: [...left] });

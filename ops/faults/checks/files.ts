import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Check, finding, merged } from "./evidence.ts";

/** I5: every artifact that a row or an event speaks of is there, whole. */
export const artifactsThere: Check = async ({ sql, artifacts }) => {
  const rows = await sql<{ id: string; storage_key: string; size_bytes: string; sha256: string }[]>`
    select id, storage_key, size_bytes, sha256 from artifact`;
  const contents = await Promise.all(
    rows.map(async (row) => ({
      row,
      bytes: await readFile(join(artifacts, row.storage_key)).catch(() => null),
    })),
  );
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
  return merged(files, named);
};

/** I6: no process and no folder is left. They are looked for by the runner, while and after the workers live. */
export const nothingLeft: Check = async ({ left }) => ({ checked: 1, breaks: [...left] });

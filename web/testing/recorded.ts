import { createHash } from "node:crypto";
import type { TestApp } from "../../api/testing/app.ts";
import { makeExecution } from "../../api/testing/fixture.ts";
import { artifactKey } from "../../db/blobs.ts";
import type { EventBody } from "../../db/domain/events.ts";
import { newId } from "../../db/domain/ids.ts";
import type { Execution } from "../../db/domain/resources.ts";
import { artifacts, attempts, events } from "../../db/schema/runs.ts";
import { setTenant } from "../../db/services/context.ts";
import type { Finished } from "../../worker/browser/testing/run.ts";

/** An execution whose only attempt is one that was really run: its events and files, as a worker would have written them. */
export async function makeRecorded(t: TestApp, run: Finished): Promise<Execution> {
  const execution = await makeExecution(t);
  const { organizationId, id: executionId } = execution;
  // The same run may be recorded more than once.
  const ids = new Map<unknown, string>(run.artifacts.map(({ id }) => [id, newId()]));
  const renamed = <T>(value: T) => JSON.parse(JSON.stringify(value), (_, item) => ids.get(item) ?? item) as T;
  const stored = await Promise.all(
    run.artifacts.map(async ({ bytes, ...artifact }) => {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const storageKey = artifactKey({ organizationId }, sha256);
      await t.blobs.put(storageKey, bytes, { contentType: artifact.contentType, sha256 });
      return {
        ...artifact,
        id: ids.get(artifact.id) ?? artifact.id,
        organizationId,
        executionId,
        attempt: 1,
        sizeBytes: bytes.byteLength,
        sha256,
        storageKey,
      };
    }),
  );
  const rows = run.events.map(({ at, ...body }, index) => ({
    executionId,
    organizationId,
    seq: index + 1,
    attempt: 1,
    at: new Date(at),
    type: body.type,
    body: renamed(body as EventBody),
  }));
  await t.deps.db.orm.transaction(async (tx) => {
    await setTenant(tx, [organizationId], null);
    await tx.insert(attempts).values({ executionId, number: 1, organizationId, leaseToken: newId() });
    if (rows.length > 0) await tx.insert(events).values(rows);
    if (stored.length > 0) await tx.insert(artifacts).values(stored);
  });
  return execution;
}

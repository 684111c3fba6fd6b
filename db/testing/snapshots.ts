import { createHash } from "node:crypto";
import { artifactKey } from "../blobs.ts";
import type { EventBody } from "../domain/events.ts";
import { newId } from "../domain/ids.ts";
import type { Execution } from "../domain/resources.ts";
import type { Snapshot } from "../domain/snapshot-resources.ts";
import { artifacts } from "../schema/runs.ts";
import { type Ctx, transaction } from "../services/context.ts";
import { recordFindings } from "../services/snapshot-results.ts";
import { snapshotsOfExecution } from "../services/snapshots.ts";

export type Finding = Extract<EventBody, { type: "snapshot" }>;

/** What a step has found of a picture, written down as its worker would have. */
export async function recordFinding(
  ctx: Ctx,
  execution: Execution,
  given: Partial<Finding> & Pick<Finding, "actualId">,
  attempt = 1,
): Promise<void> {
  const body: Finding = {
    type: "snapshot",
    step: 0,
    name: newId(),
    result: "new",
    ...{ browser: "chromium", width: 1280, height: 720, scale: 1, mobile: false, platform: "linux" },
    ...{ baselineId: null, expectedId: null, diffId: null, pixels: null, ratio: null },
    ...given,
  };
  const { id: executionId, runId, projectId, organizationId } = execution;
  const ref = { executionId, runId, projectId, organizationId, attempt };
  await transaction(workerOf(ctx, organizationId), (ctx) =>
    recordFindings(ctx, ref, [{ at: new Date().toISOString(), ...body }]),
  );
}

/** A new or different picture of an execution, which waits. Its file has a row and no content. */
export async function addSnapshot(
  ctx: Ctx,
  execution: Execution,
  given: Partial<Finding> & { content?: string; lostReason?: string } = {},
): Promise<Snapshot> {
  const { content = newId(), lostReason = null, ...finding } = given;
  const { organizationId } = execution;
  const sha256 = createHash("sha256").update(content).digest("hex");
  const actualId = newId();
  await transaction(workerOf(ctx, organizationId), ({ tx }) =>
    tx.insert(artifacts).values({
      ...{ id: actualId, organizationId, executionId: execution.id, attempt: 1 },
      ...{
        kind: "snapshot",
        name: "actual.png",
        contentType: "image/png",
        sizeBytes: content.length,
        sha256,
      },
      ...{ storageKey: artifactKey({ organizationId }, sha256), width: 1280, height: 720, lostReason },
    }),
  );
  await recordFinding(ctx, execution, { ...finding, actualId });
  const found = (await snapshotsOfExecution(ctx, execution.projectId, execution.id)).at(-1);
  if (!found) throw new Error("the finding made no snapshot");
  return found;
}

function workerOf(ctx: Ctx, organizationId: string): Ctx {
  return { ...ctx, actor: { kind: "system", name: "worker", organizationId } };
}

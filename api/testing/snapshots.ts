import { newId } from "../../db/domain/ids.ts";
import type { Execution } from "../../db/domain/resources.ts";
import type { Snapshot } from "../../db/domain/snapshot-resources.ts";
import { listBaselines } from "../../db/services/baselines.ts";
import { approveSnapshot, snapshotsOfExecution } from "../../db/services/snapshots.ts";
import { type Finding, recordFinding } from "../../db/testing/snapshots.ts";
import type { TestApp } from "./app.ts";
import { makeArtifact } from "./fixture.ts";

/** A picture that a step of an execution has found new, or different, kept as its worker would have, with its file. */
export async function makeSnapshot(
  t: TestApp,
  execution: Execution,
  { bytes = pictureOf(newId()), ...finding }: Partial<Finding> & { bytes?: Uint8Array } = {},
): Promise<Snapshot> {
  const ctx = t.world.as.alice;
  const name = finding.name ?? newId();
  const size = { width: 1280, height: 720 };
  const file = {
    name: `${name} actual.png`,
    contentType: "image/png",
    bytes,
    kind: "snapshot",
    size,
  } as const;
  const actualId = await makeArtifact(t, execution, file);
  await recordFinding(ctx, execution, { ...finding, name, actualId });
  const found = (await snapshotsOfExecution(ctx, execution.projectId, execution.id)).at(-1);
  if (!found) throw new Error("the finding made no snapshot");
  return found;
}

/** An approved picture of a new name. @returns its id */
export async function makeBaseline(t: TestApp, execution: Execution): Promise<string> {
  const ctx = t.world.as.alice;
  const { id, projectId, name } = await makeSnapshot(t, execution);
  await approveSnapshot(ctx, projectId, id);
  const [baseline] = (await listBaselines(ctx, projectId, { limit: 1, history: "true", name })).items;
  if (!baseline) throw new Error("the approval made no baseline");
  return baseline.id;
}

/** Bytes that begin as a picture does and are of their own; nobody looks at it. */
function pictureOf(text: string): Uint8Array {
  return new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, ...new TextEncoder().encode(text)]);
}

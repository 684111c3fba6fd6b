import { and, eq, sql } from "drizzle-orm";
import { alias, type PgColumn } from "drizzle-orm/pg-core";
import type { ProjectPermission } from "../domain/permissions.ts";
import type { Snapshot } from "../domain/snapshot-resources.ts";
import { users } from "../schema/identity.ts";
import { artifacts } from "../schema/runs.ts";
import { snapshots } from "../schema/snapshots.ts";
import { testCases } from "../schema/tests.ts";
import { authorize, type TxCtx } from "./context.ts";
import { cursorKey, type Order } from "./pages.ts";
import { found, knownId } from "./refusals.ts";
import { iso, isoOrNull } from "./times.ts";

/** Pictures that wait, or waited, for somebody to decide, as they are loaded, through the actor, and shown. */

export type SnapshotRow = typeof snapshots.$inferSelect;
export type LoadedSnapshot = {
  row: SnapshotRow;
  testCaseName: string;
  decidedBy: string | null;
  lost: { actual: boolean; expected: boolean; diff: boolean };
};

const actual = alias(artifacts, "actual");
const expected = alias(artifacts, "expected");
const diff = alias(artifacts, "diff");

/** A file that could not be stored, or that is not there any more. */
const isLost = (file: { id: PgColumn; lostReason: PgColumn }) =>
  sql<boolean>`(${file.id} is null or ${file.lostReason} is not null)`;

const columns = {
  row: snapshots,
  testCaseName: testCases.name,
  decidedBy: users.name,
  lost: { actual: isLost(actual), expected: isLost(expected), diff: isLost(diff) },
};

/** A select with all that `snapshotOf` needs, and the key of a cursor. */
export function selectSnapshots(ctx: TxCtx, order?: Order) {
  return ctx.tx
    .select({ ...columns, cursorKey: order ? cursorKey(order) : sql<string>`''` })
    .from(snapshots)
    .innerJoin(testCases, eq(testCases.id, snapshots.testCaseId))
    .leftJoin(actual, eq(actual.id, snapshots.actualId))
    .leftJoin(expected, eq(expected.id, snapshots.expectedId))
    .leftJoin(diff, eq(diff.id, snapshots.diffId))
    .leftJoin(users, eq(users.id, snapshots.decidedBy));
}

export async function loadSnapshot(
  ctx: TxCtx,
  projectId: string,
  id: string,
  permission: ProjectPermission,
): Promise<LoadedSnapshot> {
  const [loaded] = await selectSnapshots(ctx).where(
    and(eq(snapshots.id, knownId(id, "snapshot")), eq(snapshots.projectId, knownId(projectId, "project"))),
  );
  const snapshot = found(loaded, "snapshot");
  authorize(ctx, snapshot.row, permission, "snapshot");
  return snapshot;
}

export function snapshotOf({ row, testCaseName, decidedBy, lost }: LoadedSnapshot): Snapshot {
  const file = (artifactId: string | null, lost: boolean) => artifactId && { artifactId, lost };
  return {
    id: row.id,
    projectId: row.projectId,
    testCaseId: row.testCaseId,
    testCaseName,
    runId: row.runId,
    executionId: row.executionId,
    attempt: row.attempt,
    step: row.step,
    name: row.name,
    branch: row.branch,
    browser: row.browser,
    width: row.width,
    height: row.height,
    scale: row.scale,
    mobile: row.mobile,
    platform: row.platform,
    state: row.state,
    result: row.result,
    baselineId: row.baselineId,
    actual: { artifactId: row.actualId, lost: lost.actual },
    expected: file(row.expectedId, lost.expected) || null,
    diff: file(row.diffId, lost.diff) || null,
    pixels: row.pixels,
    ratio: row.ratio,
    createdAt: iso(row.createdAt),
    decidedAt: isoOrNull(row.decidedAt),
    decidedBy,
  };
}

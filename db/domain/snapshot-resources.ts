import { z } from "zod";
import { pageQuerySchema } from "./queries.ts";
import { branchName, snapshotStates, variantSchema } from "./snapshots.ts";
import { browserNames } from "./steps/definition.ts";

const id = z.uuid();
const time = z.iso.datetime();

const picture = z.strictObject({
  artifactId: id.meta({ description: "Read at /artifacts/{id}/content, as long as the execution is kept" }),
  lost: z.boolean().meta({ description: "It could not be stored" }),
});

const about = {
  id,
  projectId: id,
  testCaseId: id,
  testCaseName: z.string(),
  name: z.string(),
  branch: z.string(),
  ...variantSchema.shape,
};

/** A picture that was new, or looked different, and what became of it. */
export const snapshotSchema = z
  .strictObject({
    ...about,
    runId: id,
    executionId: id,
    attempt: z.int(),
    step: z.int().meta({ description: "Index of the step in its test case, from 0" }),
    state: z.enum(snapshotStates),
    result: z.enum(["new", "different"]),
    baselineId: id.nullable().meta({ description: "What it was compared with" }),
    actual: picture,
    expected: picture.nullable(),
    diff: picture.nullable(),
    pixels: z.int().nullable().meta({ description: "How many pixels differ" }),
    ratio: z.number().nullable().meta({ description: "Of all pixels, the part that differs" }),
    createdAt: time,
    decidedAt: time.nullable(),
    decidedBy: z.string().nullable(),
  })
  .meta({ id: "Snapshot" });
export type Snapshot = z.output<typeof snapshotSchema>;

/** An approved picture. Never changed: the next one of its name is another row, of a higher revision. */
export const baselineSchema = z
  .strictObject({
    ...about,
    revision: z.int(),
    isCurrent: z.boolean().meta({ description: "Whether it is the newest of its name, branch and variant" }),
    pictureWidth: z.int(),
    pictureHeight: z.int(),
    sizeBytes: z.int(),
    sha256: z.string(),
    executionId: id
      .nullable()
      .meta({ description: "Where it was taken; null once that is not kept any more" }),
    approvedAt: time,
    approvedBy: z.string().nullable(),
  })
  .meta({ id: "Baseline" });
export type Baseline = z.output<typeof baselineSchema>;

const filters = {
  testCaseId: id.optional(),
  branch: branchName.optional(),
  browser: z.enum(browserNames).optional(),
};

export const baselineQuerySchema = pageQuerySchema.extend({
  ...filters,
  name: z.string().max(200).optional(),
  history: z.enum(["true", "false"]).default("false").meta({ description: "Also those that were replaced" }),
});
export type BaselineQuery = z.output<typeof baselineQuerySchema>;

export const snapshotQuerySchema = pageQuerySchema.extend({
  ...filters,
  state: z.enum(snapshotStates).default("waiting"),
  runId: id.optional(),
  executionId: id.optional(),
});
export type SnapshotQuery = z.output<typeof snapshotQuerySchema>;

export const approveRunSchema = z.strictObject({ runId: id });

export const approvedRunSchema = z
  .strictObject({
    approved: z.int(),
    refused: z.array(z.strictObject({ id, name: z.string(), reason: z.string() })),
    left: z.int().meta({ description: "Those that were too many for one call: ask again" }),
  })
  .meta({ id: "ApprovedSnapshots" });
export type ApprovedRun = z.output<typeof approvedRunSchema>;

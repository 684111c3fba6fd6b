import { z } from "zod";
import { browserNames } from "./steps/definition.ts";

/**
 * Pictures that steps `expectSnapshot` compare. A *baseline* is a picture that somebody approved; a *snapshot* is one that was
 * new, or looked different, and waits for that.
 */

/** What the picture of one name may depend on: each combination has a baseline of its own. */
const variantShape = {
  browser: z.enum(browserNames),
  /** Of the view of the page, in CSS pixels. */
  width: z.int(),
  height: z.int(),
  /** Pixels of the picture to one CSS pixel. */
  scale: z.number(),
  mobile: z.boolean(),
  /** `linux`, `darwin`, `win32`; `remote` for a browser that runs elsewhere. */
  platform: z.string(),
};
export const variantSchema = z.strictObject(variantShape);
export type SnapshotVariant = z.output<typeof variantSchema>;

/** The variant as one text, by which baselines are kept apart: `chromium 1280x720 linux`, `chromium 390x844@3 mobile linux`. */
export function variantText({ browser, width, height, scale, mobile, platform }: SnapshotVariant): string {
  const size = `${width}x${height}${scale === 1 ? "" : `@${scale}`}`;
  return `${browser} ${size}${mobile ? " mobile" : ""} ${platform}`;
}

/** How different two pixels may look that count as the same, where a step does not say. */
export const usualThreshold = 0.1;

/** What a project does with a picture for which nothing was approved. */
export const newSnapshotPolicies = ["fail", "pass"] as const;
export type NewSnapshotPolicy = (typeof newSnapshotPolicies)[number];

/** `waiting` for somebody to decide; `outdated`: a newer one, or another baseline, came before that. */
export const snapshotStates = ["waiting", "approved", "rejected", "outdated"] as const;
export type SnapshotState = (typeof snapshotStates)[number];

/** A branch of the repository of what is tested, as git allows its name. */
export const branchName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^(?!.*(\.\.|@\{|\/\/))[^\s~^:?*[\\\p{Cc}]+$/u, "a branch is named like main or feature/new-cart");

export const runBranch = branchName.meta({
  description: "The branch of what is tested; the default branch of the project when not given",
});

/** What a project says about pictures. */
export const snapshotSettings = {
  defaultBranch: branchName.meta({
    description:
      "The branch of runs that name none; its approved pictures hold where a branch has none of its own",
  }),
  newSnapshots: z.enum(newSnapshotPolicies).meta({
    description:
      "What a step does with a picture for which nothing was approved: fail, or pass while it waits for approval",
  }),
};

/** What was found out by a step: the body of its event, without the type. */
export const snapshotFindingShape = {
  ...variantShape,
  name: z.string(),
  result: z.enum(["matched", "new", "different"]),
  /** What it was compared with; null when there was nothing. */
  baselineId: z.uuid().nullable(),
  /** The pictures as files of the execution, where they were kept: nothing is when it matched. */
  actualId: z.uuid().nullable(),
  expectedId: z.uuid().nullable(),
  diffId: z.uuid().nullable(),
  /** How many pixels differ, and of all pixels which part; null when there was nothing to compare. */
  pixels: z.int().nullable(),
  ratio: z.number().nullable(),
};

/** The picture that a step compares with, as it is told when it asks. */
export type BaselineAnswer =
  | { state: "none"; branch: string }
  | { state: "found"; branch: string; baselineId: string; bytes: Uint8Array }
  /** Trouble of ours: it says nothing about the page. */
  | { state: "unavailable"; reason: string };

/** What a baseline is looked for by, within a test case and a branch. */
export type BaselineQuestion = { name: string; variant: SnapshotVariant };

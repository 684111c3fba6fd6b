import { z } from "zod";
import { snapshotFindingShape } from "./snapshots.ts";
import { attemptStatuses, verdicts } from "./states.ts";

/** Where a step stands in its test case, counted from 0: the third step is `2`. */
const stepIndex = z.int().min(0);

/**
 * A step inside of another one also says the way to it: the index of the top-level step, then in turn the branch (`then`,
 * `else`, `steps` of a called group, `round-2` of a loop, counted from 1) and the index in it, such as `3.then.1`. `step` stays
 * the index of the top-level step. Steps at the top carry neither.
 */
const inside = { path: z.string().optional(), depth: z.int().min(1).optional() };

export const stepStatuses = ["passed", "failed", "skipped"] as const;
export type StepStatus = (typeof stepStatuses)[number];

/** Why something did not work, for a person: `message` is one line, `detail` what was seen on the way. */
export const failureSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  detail: z.string().nullable().default(null),
  step: stepIndex.nullable().default(null),
  /** Of a step inside of another one: the way to it, as its events say it. */
  path: z.string().optional(),
});
export type Failure = z.output<typeof failureSchema>;

/**
 * The locator that found the element of a step: its place in the target's list, and how many elements it matched. `box` is where
 * it was in the view of the page when the step found it, in CSS pixels, also of an element in a frame: multiplied by the device
 * scale factor, in pixels of a picture of that view.
 */
export const resolvedTargetSchema = z.strictObject({
  locator: z.string(),
  index: z.int(),
  matches: z.int(),
  box: z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).nullable(),
});
export type ResolvedTarget = z.output<typeof resolvedTargetSchema>;

const levels = ["debug", "info", "warning", "error"] as const;

/** What can happen in an attempt. All text has been cut to `limits.eventTextCharsMax` and masked where it was made. */
export const eventBodySchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("attempt-started"),
    browser: z.string(),
    viewport: z.strictObject({ width: z.int(), height: z.int() }),
    worker: z.string(),
  }),
  z.strictObject({
    type: z.literal("step-started"),
    step: stepIndex,
    stepType: z.string(),
    title: z.string(),
    ...inside,
  }),
  z.strictObject({
    type: z.literal("step-finished"),
    step: stepIndex,
    stepType: z.string(),
    title: z.string(),
    status: z.enum(stepStatuses),
    durationMs: z.number(),
    failure: failureSchema.nullable(),
    target: resolvedTargetSchema.nullable(),
    screenshotId: z.uuid().nullable(),
    /** The page as the step found its element, where that was not as the picture of the step before shows it. */
    beforeId: z.uuid().optional(),
    ...inside,
  }),
  z.strictObject({ type: z.literal("navigation"), url: z.string() }),
  /**
   * What a document that a tab showed was like for a person, told when another one replaces it: milliseconds from the start of
   * the navigation, null for what was not measured (`inpMs` without a press, say); `cls` is a score.
   */
  z.strictObject({
    type: z.literal("navigation-metrics"),
    url: z.string(),
    ttfbMs: z.number().nullable(),
    fcpMs: z.number().nullable(),
    lcpMs: z.number().nullable(),
    inpMs: z.number().nullable(),
    cls: z.number().nullable(),
    domContentLoadedMs: z.number().nullable(),
    loadMs: z.number().nullable(),
    requests: z.int(),
    transferredBytes: z.number(),
  }),
  z.strictObject({
    type: z.literal("console"),
    level: z.enum(levels),
    text: z.string(),
    url: z.string().nullable(),
    line: z.int().nullable(),
  }),
  z.strictObject({ type: z.literal("page-error"), message: z.string(), stack: z.string().nullable() }),
  z.strictObject({
    type: z.literal("request-failed"),
    method: z.string(),
    url: z.string(),
    resourceType: z.string(),
    reason: z.string(),
    status: z.int().nullable(),
  }),
  z.strictObject({
    type: z.literal("dialog"),
    kind: z.string(),
    message: z.string(),
    action: z.enum(["accepted", "dismissed"]),
  }),
  z.strictObject({ type: z.literal("variable-set"), name: z.string(), value: z.string() }),
  z.strictObject({
    type: z.literal("artifact"),
    artifactId: z.uuid(),
    kind: z.string(),
    name: z.string(),
    /** Of a film: when its first picture was made, in epoch milliseconds. */
    from: z.number().optional(),
  }),
  /** What a step found that compares a picture: not said while it waits, once, at its end. */
  z.strictObject({ type: z.literal("snapshot"), step: stepIndex, ...snapshotFindingShape, ...inside }),
  z.strictObject({ type: z.literal("log"), level: z.enum(levels), text: z.string() }),
  z.strictObject({ type: z.literal("truncated"), dropped: z.int(), reason: z.string() }),
  z.strictObject({
    type: z.literal("attempt-finished"),
    status: z.enum(attemptStatuses),
    failure: failureSchema.nullable(),
    durationMs: z.number(),
  }),
  /** The execution waits for its next attempt: after a failed one, or because a worker was lost or stopped. */
  z.strictObject({ type: z.literal("requeued"), reason: z.string() }),
  /** Exactly one per execution, always the last. */
  z.strictObject({
    type: z.literal("execution-finished"),
    status: z.enum(verdicts),
    failure: failureSchema.nullable(),
  }),
]);

export type EventBody = z.output<typeof eventBodySchema>;
export type EventType = EventBody["type"];

/** What the thread of the browser reports: when, and what. Its number is given by the holder of the lease. */
export type RunnerEvent = { at: string } & EventBody;

/** An item of an execution's log: `seq` is 1..n per execution, without a gap, over all of its attempts. */
export type LogItem = { seq: number; at: string; attempt: number } & EventBody;

/**
 * `replay`: the recorded documents (`worker/browser/replay/replay.ts`), `network`: what went over the network, `har`: the same in
 * HAR 1.2, `video` and `captions`: the pages as a film, its chapters as WebVTT; `frames`: the pictures of a film that is not made
 * yet, or can't be (`film.ts`); `accessibility`: what a check found (`accessibilityReportSchema`); `snapshot`: a picture that was
 * compared, the one that was expected, and what differs (`snapshots.ts`).
 */
export const artifactKinds = [
  "screenshot",
  "download",
  "replay",
  "network",
  "har",
  "video",
  "captions",
  "frames",
  "accessibility",
  "snapshot",
] as const;
export type ArtifactKind = (typeof artifactKinds)[number];

import { z } from "zod";
import { failureSchema, resolvedTargetSchema } from "./events.ts";
import { executionStatuses } from "./states.ts";
import { type Step, stepsSchema } from "./steps/index.ts";

/** The bounds of watching and holding a running execution. */
export const viewLimits = {
  /** What is wanted is the most that comes: who is to have ten in each second has to ask for more. */
  fpsMax: 15,
  fpsDefault: 8,
  widthMin: 16,
  widthMax: 1_920,
  widthDefault: 1_280,
  /** A picture larger than this is left out; the next one comes. */
  pictureBytesMax: 2_000_000,
  /** How long a watcher's word counts, and how often it is said again. */
  watchMs: 6_000,
  watchAgainMs: 2_000,
  /** A pause ends by itself after so long, each step of it counted anew; all pauses of an attempt together, after so long. */
  pauseMsMax: 10 * 60_000,
  pausesMsMax: 30 * 60_000,
  /** And when nobody has watched for so long, or asked for anything. */
  pauseAloneMs: 30_000,
  /** Mouse and keyboard go back when their holder does nothing for so long. */
  holdMs: 60_000,
  inputEventsMax: 50,
  inputTextMax: 200,
  /** Commands that may wait for one execution. */
  commandsWaitingMax: 50,
  /** How long an answer of the page is waited for. */
  answerMs: 40_000,
  /** Executions of a project that are there for trying steps only. */
  heldRunsMax: 5,
  triedStepsMax: 20,
} as const;

const point = z.strictObject({ x: z.number(), y: z.number() });
const box = z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
export type Box = z.output<typeof box>;

/** What belongs to a picture: all places are in CSS pixels of the page's view, whose size is given. */
export const sceneSchema = z
  .strictObject({
    attempt: z.int(),
    width: z.number(),
    height: z.number(),
    url: z.string(),
    pointer: point.nullable(),
    /** The element that the current or last step was about. */
    box: box.nullable(),
    /** The step that is being carried out or, while paused, the next one. */
    step: z.strictObject({ step: z.int(), path: z.string().nullable(), title: z.string() }).nullable(),
  })
  .meta({ id: "Scene" });
export type Scene = z.output<typeof sceneSchema>;

export const viewStates = ["waiting", "live", "pausing", "paused", "ended"] as const;
export type ViewState = (typeof viewStates)[number];

export const liveViewSchema = z
  .strictObject({
    executionId: z.uuid(),
    status: z.enum(executionStatuses),
    /** `waiting`: no attempt runs; `pausing`: it will stop before its next step. */
    state: z.enum(viewStates),
    revision: z.int(),
    scene: sceneSchema.nullable(),
    /** By whom, and when it ends by itself: then the execution goes on or, when it is there for trying steps, is stopped. */
    pause: z
      .strictObject({
        by: z.string().nullable(),
        since: z.iso.datetime().nullable(),
        until: z.iso.datetime().nullable(),
        thenDoes: z.enum(["run", "stop"]),
      })
      .nullable(),
    /** Who has mouse and keyboard. */
    holder: z.strictObject({ userId: z.uuid(), name: z.string(), until: z.iso.datetime() }).nullable(),
  })
  .meta({ id: "LiveView" });
export type LiveView = z.output<typeof liveViewSchema>;

/** How a watcher would like to see it. */
export const watchWishSchema = z.strictObject({
  fps: z.number().min(0.2).max(viewLimits.fpsMax).default(viewLimits.fpsDefault),
  width: z.int().min(viewLimits.widthMin).max(viewLimits.widthMax).default(viewLimits.widthDefault),
});
export type WatchWish = z.output<typeof watchWishSchema>;

const coordinate = z.number().min(-10).max(10_000);
const button = z.enum(["left", "middle", "right"]);
const mouse = { x: coordinate, y: coordinate };
const key = z.string().min(1).max(30);

/** What a person does with mouse and keyboard, in CSS pixels of the page's view. */
export const inputEventSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("move"), ...mouse }),
  z.strictObject({ type: z.literal("down"), ...mouse, button, clicks: z.int().min(1).max(3).default(1) }),
  z.strictObject({ type: z.literal("up"), ...mouse, button, clicks: z.int().min(1).max(3).default(1) }),
  z.strictObject({
    type: z.literal("wheel"),
    ...mouse,
    deltaX: z.number().min(-5_000).max(5_000).default(0),
    deltaY: z.number().min(-5_000).max(5_000).default(0),
  }),
  z.strictObject({ type: z.literal("keyDown"), key }),
  z.strictObject({ type: z.literal("keyUp"), key }),
  z.strictObject({ type: z.literal("text"), text: z.string().min(1).max(viewLimits.inputTextMax) }),
]);
export type InputEvent = z.output<typeof inputEventSchema>;

export const inputSchema = z.strictObject({
  events: z.array(inputEventSchema).min(1).max(viewLimits.inputEventsMax),
});

export const trySchema = z.strictObject({
  steps: stepsSchema.refine(
    (steps) => steps.length >= 1 && steps.length <= viewLimits.triedStepsMax,
    `between 1 and ${viewLimits.triedStepsMax} steps`,
  ),
});
export const pickSchema = z.strictObject(mouse);
export const highlightSchema = z.strictObject({ locator: z.string().min(1).max(2_000) });

export const liveCommandKinds = ["input", "try", "pick", "highlight"] as const;
export type LiveCommandKind = (typeof liveCommandKinds)[number];
export type LiveCommandBody =
  | { events: InputEvent[] }
  | { steps: Step[] }
  | { x: number; y: number }
  | { locator: string };

export const tryResultSchema = z
  .strictObject({
    steps: z.array(
      z.strictObject({
        step: z.int(),
        title: z.string(),
        status: z.enum(["passed", "failed", "skipped"]),
        durationMs: z.number(),
        failure: failureSchema.nullable(),
        target: resolvedTargetSchema.nullable(),
      }),
    ),
  })
  .meta({ id: "TryResult" });
export type TryResult = z.output<typeof tryResultSchema>;

export const pickResultSchema = z
  .strictObject({
    /** The element in one line, as in messages. */
    element: z.string(),
    box: box.nullable(),
    /** The most lasting kind first; each with how many elements it matches now. */
    locators: z.array(z.strictObject({ locator: z.string(), matches: z.int() })),
  })
  .meta({ id: "PickResult" });
export type PickResult = z.output<typeof pickResultSchema>;

export const highlightResultSchema = z
  .strictObject({ matches: z.int(), boxes: z.array(box) })
  .meta({ id: "HighlightResult" });
export type HighlightResult = z.output<typeof highlightResultSchema>;

/** What the page said to a command: its result, or why there is none. */
export type LiveAnswer =
  | { ok: true; result: TryResult | PickResult | HighlightResult | null }
  | { ok: false; code: string; message: string };

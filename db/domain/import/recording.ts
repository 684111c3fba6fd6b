import { z } from "zod";
import { limits } from "../limits.ts";

/** The recording format of Chrome DevTools' Recorder, as it is exported. Unknown fields are kept, to be reported. */
const selectors = z
  .array(z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]))
  .min(1, "a step needs at least one selector");
const frame = z.array(z.int().min(0)).max(20);
const timeout = z
  .number("a number of milliseconds is needed")
  .min(1, "a time-out is between 1 and 30000 ms")
  .max(30_000, "a time-out is between 1 and 30000 ms");

const base = {
  timeout: timeout.optional(),
  target: z.string().optional(),
  assertedEvents: z
    .array(z.looseObject({ type: z.string(), url: z.string().optional(), title: z.string().optional() }))
    .max(20)
    .optional(),
};
const within = { ...base, frame: frame.optional() };
const onElement = { ...within, selectors };
const offset = z.number("a click needs its offset, a number");
const pressed = {
  ...onElement,
  offsetX: offset,
  offsetY: offset,
  button: z.enum(["primary", "auxiliary", "secondary", "back", "forward"]).optional(),
  deviceType: z.enum(["mouse", "pen", "touch"]).optional(),
  duration: z.number().min(0).optional(),
};

export const recordedSchemas = {
  setViewport: z.looseObject({
    ...base,
    width: z.number(),
    height: z.number(),
    deviceScaleFactor: z.number(),
    isMobile: z.boolean(),
    hasTouch: z.boolean(),
    isLandscape: z.boolean(),
  }),
  navigate: z.looseObject({ ...base, url: z.string().min(1) }),
  click: z.looseObject(pressed),
  doubleClick: z.looseObject(pressed),
  hover: z.looseObject(onElement),
  change: z.looseObject({ ...onElement, value: z.string() }),
  keyDown: z.looseObject({ ...base, key: z.string().min(1) }),
  keyUp: z.looseObject({ ...base, key: z.string().min(1) }),
  scroll: z.looseObject({
    ...within,
    x: z.number().optional(),
    y: z.number().optional(),
    selectors: selectors.optional(),
  }),
  waitForElement: z.looseObject({
    ...onElement,
    operator: z.enum([">=", "==", "<="]).optional(),
    count: z.int().min(0).optional(),
    visible: z.boolean().optional(),
    properties: z.record(z.string(), z.json()).optional(),
    attributes: z.record(z.string(), z.string()).optional(),
  }),
  waitForExpression: z.looseObject({ ...within, expression: z.string().min(1) }),
  emulateNetworkConditions: z.looseObject({
    ...base,
    download: z.number(),
    upload: z.number(),
    latency: z.number(),
  }),
  close: z.looseObject(base),
  customStep: z.looseObject({ ...within, name: z.string(), parameters: z.unknown() }),
} as const;

export type RecordedType = keyof typeof recordedSchemas;
export type Recorded<T extends RecordedType> = z.output<(typeof recordedSchemas)[T]>;
export type RecordedBase = Recorded<"close">;
export type RecordedSelectors = z.output<typeof selectors>;

export const recordingSchema = z.looseObject({
  title: z.string("a recording needs its title, a text"),
  timeout: timeout.optional(),
  selectorAttribute: z.string().optional(),
  steps: z
    .array(
      z.looseObject({ type: z.string("a step needs its type, a text") }),
      "a recording needs its steps, a list",
    )
    .max(limits.stepsPerCaseMax, `a test case has at most ${limits.stepsPerCaseMax} steps`),
});
export type Recording = z.output<typeof recordingSchema>;

export function isRecordedType(type: string): type is RecordedType {
  return Object.hasOwn(recordedSchemas, type);
}

/** The fields that the format does not have. */
export function unknownFields(type: RecordedType, step: object): string[] {
  const known = recordedSchemas[type].shape;
  return Object.keys(step).filter((key) => key !== "type" && !Object.hasOwn(known, key));
}

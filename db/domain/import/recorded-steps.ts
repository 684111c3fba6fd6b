import { escapeReferences } from "../interpolation.ts";
import type { Step } from "../steps/index.ts";
import { type RankedTarget, rankedTarget } from "./recorded-selectors.ts";
import type { Recorded, RecordedSelectors, RecordedType } from "./recording.ts";

export type Conversion = {
  steps: Step[];
  /** What is different from the recording, one sentence each. */
  changes: string[];
  /** Why it can't be done at all; the steps are then kept disabled. */
  unsupported?: string;
};

export type ConversionContext = {
  selectorAttribute: string | undefined;
  /** The reference that stands for a password that was typed. */
  secretFor(value: string): string;
};

type Converter<T extends RecordedType> = (step: Recorded<T>, context: ConversionContext) => Conversion;
type Targeted = { selectors: RecordedSelectors; frame?: number[] | undefined };

/** What each recorded step becomes. A type of the format without a line here does not compile. */
export const converters: { [T in RecordedType]: Converter<T> } = {
  setViewport(step) {
    const width = clamp(Math.round(step.width), 100, 4096);
    const height = clamp(Math.round(step.height), 100, 4096);
    const scale = clamp(step.deviceScaleFactor, 0.5, 4);
    const changes = [
      ...(width !== step.width || height !== step.height
        ? [`the size ${step.width} x ${step.height} became ${width} x ${height}`]
        : []),
      ...(scale !== step.deviceScaleFactor ? [`the scale ${step.deviceScaleFactor} became ${scale}`] : []),
      ...(step.isLandscape && width < height ? ["the orientation follows from width and height"] : []),
    ];
    return {
      steps: [
        {
          type: "setViewport",
          width,
          height,
          ...(scale !== 1 && { deviceScaleFactor: scale }),
          ...(step.isMobile && { mobile: true }),
          ...(step.hasTouch && { touch: true }),
        },
      ],
      changes,
    };
  },

  navigate(step) {
    const steps: Step[] = [{ type: "goto", url: escapeReferences(step.url) }];
    const isOpenable = /^(https?:|data:|blob:|about:blank)/i.test(step.url);
    return isOpenable
      ? { steps, changes: [] }
      : { steps, changes: [], unsupported: "only http and https addresses are opened" };
  },

  click: (step, context) => click(step, context, 1),
  doubleClick: (step, context) => click(step, context, 2),

  hover(step, context) {
    const { target, notes } = element(step, context);
    return { steps: [{ type: "hover", target }], changes: notes };
  },

  change(step, context) {
    const { target, notes, hints } = element(step, context, true);
    if (hints.isPassword && step.value !== "") {
      const value = context.secretFor(step.value);
      return {
        steps: [{ type: "fill", target, value }],
        changes: [
          ...notes,
          `the password is not kept; set it in the project as the secret that ${value} names`,
        ],
      };
    }
    const value = escapeReferences(step.value);
    if (hints.tag === "select") return { steps: [{ type: "select", target, value }], changes: notes };
    const isField =
      hints.tag === "input" || hints.tag === "textarea" || /^(textbox|searchbox)$/.test(hints.role ?? "");
    const guess =
      "the recording does not say what kind of field it is: if it is a list of options, use select";
    return { steps: [{ type: "fill", target, value }], changes: isField ? notes : [...notes, guess] };
  },

  keyDown: (step) => ({ steps: [{ type: "keyDown", key: step.key }], changes: [] }),
  keyUp: (step) => ({ steps: [{ type: "keyUp", key: step.key }], changes: [] }),

  scroll(step, context) {
    const place = { x: step.x ?? 0, y: step.y ?? 0 };
    if (step.selectors === undefined) {
      const root = (step.frame ?? []).map((index) => `frame=${index} >> `).join("");
      return {
        steps: [{ type: "scroll", ...(root && { target: `${root}css=:root` }), ...place }],
        changes: [],
      };
    }
    const { target, notes } = element({ selectors: step.selectors, frame: step.frame }, context);
    const isFar = step.x !== undefined || step.y !== undefined;
    return { steps: [{ type: "scroll", target, ...(isFar && place) }], changes: notes };
  },

  waitForElement(step, context) {
    const { target, notes } = element(step, context);
    const { operator, count, visible = true, attributes, properties } = step;
    const isCounted = operator !== undefined || count !== undefined;
    return {
      steps: [
        {
          type: "waitFor",
          target,
          state: visible ? "visible" : "hidden",
          ...(isCounted && { count: count ?? 1, comparison: operator ?? "==" }),
          ...(attributes && { attributes: escapeAll(attributes) }),
          ...(properties && { properties: escapeAll(properties) }),
        },
      ],
      changes: notes,
    };
  },

  waitForExpression(step) {
    const steps: Step[] = [{ type: "waitFor", function: escapeReferences(step.expression) }];
    if (!step.frame || step.frame.length === 0) return { steps, changes: [] };
    return {
      steps,
      changes: [],
      unsupported: "a condition inside a frame; conditions are asked in the page itself",
    };
  },

  emulateNetworkConditions({ download, upload, latency }) {
    if (download === 0 && upload === 0)
      return { steps: [{ type: "emulateNetwork", offline: true }], changes: [] };
    const isSlow = (value: number) => value >= 0;
    return {
      steps: [
        {
          type: "emulateNetwork",
          ...(isSlow(download) && { downloadBytesPerSecond: download }),
          ...(isSlow(upload) && { uploadBytesPerSecond: upload }),
          ...(latency > 0 && { latencyMs: clamp(latency, 0, 60_000) }),
        },
      ],
      changes: [],
    };
  },

  close: () => ({ steps: [{ type: "closeTab" }], changes: [] }),

  customStep: (step) => ({
    steps: [],
    changes: [],
    unsupported: `the step "${step.name}" belongs to an extension of the recorder`,
  }),
};

const buttons = {
  primary: "left",
  auxiliary: "middle",
  secondary: "right",
  back: "back",
  forward: "forward",
} as const;

function click(
  step: Recorded<"click"> | Recorded<"doubleClick">,
  context: ConversionContext,
  count: number,
): Conversion {
  const { target, notes, hints } = element(step, context);
  const button = buttons[step.button ?? "primary"];
  const isDrawing = hints.tag === "canvas" || hints.tag === "svg";
  const delayMs = step.duration === undefined ? 0 : clamp(Math.round(step.duration), 0, 10_000);
  return {
    steps: [
      {
        type: "click",
        target,
        ...(button !== "left" && { button }),
        ...(count > 1 && { count }),
        // Everywhere else the middle of the element is a better aim than pixels of another day.
        ...(isDrawing && { position: { x: step.offsetX, y: step.offsetY } }),
        ...(delayMs > 50 && { delayMs }),
      },
    ],
    changes: [
      ...notes,
      ...(step.deviceType === "pen" || step.deviceType === "touch"
        ? [`${step.deviceType} became the mouse`]
        : []),
    ],
  };
}

function element(
  step: Targeted,
  context: ConversionContext,
  isField = false,
): { target: string | string[]; notes: string[]; hints: RankedTarget["hints"] } {
  const { selectorAttribute } = context;
  const { locators, notes, hints } = rankedTarget(step.selectors, {
    frame: step.frame,
    selectorAttribute,
    isField,
  });
  const [only = "", ...others] = locators;
  return { target: others.length === 0 ? only : locators, notes, hints };
}

function escapeAll<T>(value: T): T {
  if (typeof value === "string") return escapeReferences(value) as T;
  if (Array.isArray(value)) return value.map(escapeAll) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeAll(item)])) as T;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

import { type TestCaseContentInput, testCaseContentSchema } from "../case-content.ts";
import { AppError, type FieldError, invalidInput, messageOf } from "../errors.ts";
import { escapeReferences } from "../interpolation.ts";
import { limits } from "../limits.ts";
import { type Step, stepSchema } from "../steps/index.ts";
import { fieldErrors, parseInput } from "../validation.ts";
import { type Placed, pressesAt } from "./recorded-keys.ts";
import { type Conversion, type ConversionContext, converters } from "./recorded-steps.ts";
import {
  isRecordedType,
  type RecordedBase,
  type Recording,
  recordedSchemas,
  recordingSchema,
  unknownFields,
} from "./recording.ts";

/** What became of one recorded step. `step` is its place in the recording, from 0. */
export type ImportLine = {
  step: number;
  type: string;
  level: "lossless" | "changed" | "unsupported";
  message: string;
};

export type RecorderImport = {
  testCase: TestCaseContentInput;
  /** One line for each recorded step, in their order; nothing is dropped in silence. */
  report: ImportLine[];
  /** Names of the secrets that stand for passwords that were typed while recording. */
  secrets: string[];
};

/**
 * Reads a recording of Chrome DevTools' Recorder (JSON).
 * @throws AppError `invalid-input` with the path of each fault: no JSON, no title, no steps, a time-out out of its range, a
 * click without its offset.
 */
export function importRecorder(text: string): RecorderImport {
  const recording = parseInput(recordingSchema, readJson(text));
  const steps = checkedSteps(recording);
  const importer = new Importer(recording);
  for (let at = 0; at < steps.length; ) at += importer.take(steps, at);
  const testCase = parseInput(testCaseContentSchema, {
    name: recording.title.trim().slice(0, 200).trim() || "Recording",
    steps: importer.steps,
  });
  return { testCase, report: importer.report, secrets: [...new Set(importer.secrets.values())] };
}

function readJson(text: string): unknown {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > limits.recordingBytesMax) {
    throw invalidInput([
      { path: "recording", message: `it has ${bytes} bytes; at most ${limits.recordingBytesMax} are read` },
    ]);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `the recording is no JSON: ${messageOf(cause)}`;
    throw new AppError("invalid-input", message, { cause, errors: [{ path: "", message }] });
  }
}

function checkedSteps(recording: Recording): Placed[] {
  const errors: FieldError[] = [];
  const steps = recording.steps.map((step, index): Placed => {
    const { type } = step;
    if (!isRecordedType(type)) return { index, type, step };
    const result = recordedSchemas[type].safeParse(step);
    if (result.success) return { index, type, step: result.data };
    errors.push(...fieldErrors(result.error, ["steps", index]));
    return { index, type, step };
  });
  if (errors.length > 0) throw invalidInput(errors.slice(0, limits.inputErrorsMax));
  return steps;
}

/** Goes through a recording and collects what it becomes. */
class Importer implements ConversionContext {
  readonly steps: Step[] = [];
  readonly report: ImportLine[] = [];
  /** From the typed password to the name of its secret. */
  readonly secrets = new Map<string, string>();
  readonly selectorAttribute: string | undefined;
  readonly #timeoutMs: number | undefined;
  /** The tab in which the test goes on; null after one was closed. */
  #target: string | null = "main";

  constructor(recording: Recording) {
    this.selectorAttribute = recording.selectorAttribute;
    this.#timeoutMs = recording.timeout;
  }

  /** Takes what stands at the place, and says how many recorded steps that was. */
  take(steps: readonly Placed[], at: number): number {
    const presses = pressesAt(steps, at);
    const first = steps[at] as Placed;
    if (!presses) {
      this.#add(first, this.#convert(first));
      return 1;
    }
    const conversion: Conversion = { steps: [{ type: "press", key: presses.keys }], changes: [] };
    this.#enter(first);
    this.#push(conversion.steps, first);
    for (const placed of presses.steps) {
      this.#assertEvents(placed, []);
      this.#line(placed, "lossless", `part of press ${presses.keys}`);
    }
    return presses.steps.length;
  }

  secretFor(value: string): string {
    const known = this.secrets.get(value);
    const name = known ?? (this.secrets.size === 0 ? "password" : `password${this.secrets.size + 1}`);
    this.secrets.set(value, name);
    return `{{secrets.${name}}}`;
  }

  #convert({ type, step }: Placed): Conversion {
    if (!isRecordedType(type)) {
      return { steps: [], changes: [], unsupported: `the format has no step "${type}"` };
    }
    // The step has passed the schema of its own type.
    const converter = converters[type] as (step: unknown, context: ConversionContext) => Conversion;
    const conversion = converter(step, this);
    const strays = unknownFields(type, step).map(
      (field) => `the field "${field}" is not known and is left out`,
    );
    const fault = conversion.steps.map(faultOf).find((found) => found !== null);
    if (fault) return { steps: [], changes: [], unsupported: fault };
    return { ...conversion, changes: [...conversion.changes, ...strays] };
  }

  #add(placed: Placed, conversion: Conversion): void {
    const { unsupported } = conversion;
    if (unsupported !== undefined) {
      const kept = conversion.steps.length > 0 ? conversion.steps : [placeholder(placed)];
      for (const step of kept) this.steps.push({ ...step, disabled: true });
      this.#line(placed, "unsupported", `${unsupported}; it is kept, disabled`);
      return;
    }
    const changes = [...conversion.changes];
    this.#enter(placed, changes);
    this.#push(conversion.steps, placed);
    if (placed.type === "close") this.#target = null;
    this.#assertEvents(placed, changes);
    const became = conversion.steps.map(({ type }) => type).join(", ");
    this.#line(
      placed,
      changes.length > 0 ? "changed" : "lossless",
      [`became ${became}`, ...changes].join("; "),
    );
  }

  /** Recorded steps name their tab each; ours go on in one until they switch. */
  #enter({ step }: Placed, changes: string[] = []): void {
    const { target = "main" } = step as RecordedBase;
    if (target === this.#target) return;
    this.#target = target;
    if (target === "main") {
      this.steps.push({ type: "switchTab", tab: "main" });
      return;
    }
    this.steps.push({ type: "switchTab", url: escapeReferences(target) });
    changes.push(`its target ${target} is taken for a tab; for a frame of another site use frame=`);
  }

  #push(steps: readonly Step[], { step }: Placed): void {
    const timeoutMs = (step as RecordedBase).timeout ?? this.#timeoutMs;
    const rounded = timeoutMs === undefined ? undefined : Math.max(1, Math.round(timeoutMs));
    for (const added of steps)
      this.steps.push(rounded === undefined ? added : { ...added, timeoutMs: rounded });
  }

  #assertEvents(placed: Placed, changes: string[]): void {
    for (const { type, url, title } of (placed.step as RecordedBase).assertedEvents ?? []) {
      if (type !== "navigation") {
        changes.push(`the event "${type}" is not known and is left out`);
        continue;
      }
      const expected: Step[] = [];
      // A star would stand for anything, which the recording does not mean.
      const match = url?.includes("*") ? ({ match: "exact" } as const) : {};
      if (url) expected.push({ type: "expectUrl", url: escapeReferences(url), ...match });
      if (title) expected.push({ type: "expectTitle", title: escapeReferences(title) });
      this.#push(expected, placed);
    }
  }

  #line({ index, type }: Placed, level: ImportLine["level"], message: string): void {
    this.report.push({ step: index, type, level, message });
  }
}

function faultOf(step: Step): string | null {
  const result = stepSchema.safeParse(step);
  return result.success ? null : (fieldErrors(result.error)[0]?.message ?? "it is no valid step");
}

/** Keeps what was recorded for a person to read; it does nothing. */
function placeholder({ type, step }: Placed): Step {
  const written = escapeReferences(JSON.stringify(step)).slice(0, limits.textBytesMax / 2);
  return { type: "evaluate", name: `Not imported: ${type}`.slice(0, 200), script: `// ${written}` };
}

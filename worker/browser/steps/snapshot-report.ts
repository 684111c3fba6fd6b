import type { EventBody } from "../../../db/domain/events.ts";
import { newId } from "../../../db/domain/ids.ts";
import { type BaselineQuestion, usualThreshold, variantText } from "../../../db/domain/snapshots.ts";
import type { StepOf } from "../../../db/domain/steps/index.ts";
import { StepFailure } from "../failure.ts";
import type { Comparison } from "../pixels/contract.ts";
import { pixels } from "../pixels/pixels.ts";
import { sizeOf } from "../screenshots.ts";
import { insideOf } from "../step-place.ts";
import type { Still } from "../stills.ts";
import type { StepContext, StepResult } from "./behaviour.ts";
import type { SnapshotLook } from "./snapshot-look.ts";

export type Subject = BaselineQuestion & { branch: string };
export type Judged = { still: Still; comparison: Comparison };
type Finding = Extract<EventBody, { type: "snapshot" }>;
type Outcome = Pick<Finding, "result"> & Partial<Finding>;

/** What a step says of the pictures that it has taken, and the files that it keeps of them. */
export class SnapshotReport {
  readonly #context: StepContext;
  readonly #step: StepOf<"expectSnapshot">;
  readonly #subject: Subject;

  constructor(context: StepContext, step: StepOf<"expectSnapshot">, subject: Subject) {
    this.#context = context;
    this.#step = step;
    this.#subject = subject;
  }

  matched({ target }: Still, baselineId: string): StepResult {
    this.#tell({ result: "matched", baselineId });
    return { target };
  }

  /** @throws StepFailure unless the project lets new pictures pass */
  isNew(still: Still): StepResult {
    const actualId = this.#keep("actual", still.bytes);
    this.#tell({ result: "new", actualId });
    const { name, variant, branch } = this.#subject;
    const message = `no picture was approved for "${name}" in ${variantText(variant)} on branch ${branch}: the new one waits for approval`;
    if (this.#context.newSnapshots === "fail") {
      throw new StepFailure("snapshot-new", message, null, { target: still.target });
    }
    if (!this.#context.isTried) this.#context.outbox.emit({ type: "log", level: "warning", text: message });
    return { target: still.target, ...(actualId === null ? {} : { screenshotId: actualId }) };
  }

  different({ still, comparison }: Judged, baseline: { baselineId: string; bytes: Uint8Array }): StepFailure {
    const { pixels, ratio, diff } = comparison;
    const actualId = this.#keep("actual", still.bytes);
    const expectedId = this.#keep("expected", baseline.bytes);
    const diffId = diff && this.#keep("diff", diff);
    const { baselineId } = baseline;
    this.#tell({ result: "different", baselineId, actualId, expectedId, diffId, pixels, ratio });
    const message = `${this.#difference(comparison)} ${this.#waited}`;
    return new StepFailure("snapshot-different", message, this.#how(), { target: still.target });
  }

  /** With `not`: there is a picture, and the page looks like it. */
  looksTheSame(): StepFailure {
    const { name, branch } = this.#subject;
    const message = `expected "${name}" to look different from the picture approved on branch ${branch}, it looks the same ${this.#waited}`;
    return new StepFailure("assertion-failed", message, this.#how());
  }

  /** With `not`: no picture is kept, since approving it would make the step fail for ever. */
  nothingToDifferFrom(): StepFailure {
    const { name, variant, branch } = this.#subject;
    const message = `no picture was approved for "${name}" in ${variantText(variant)} on branch ${branch}, so there is nothing to look different from`;
    return new StepFailure("snapshot-new", message);
  }

  async neverStill({ before, last }: SnapshotLook): Promise<StepFailure> {
    this.#keep("actual", last.bytes);
    const what = `"${this.#subject.name}" did not come to rest, so it can't be compared`;
    if (before === null) return new StepFailure("not-still", `${what} ${this.#waited}`);
    const comparison = await pixels.ask({
      kind: "compare",
      actual: last.bytes,
      expected: before.bytes,
      threshold: 0,
    });
    if (comparison.diff) this.#keep("diff", comparison.diff);
    const message = `${what}: ${changed(comparison)} between its last two pictures ${this.#waited}`;
    return new StepFailure("not-still", message, "what goes on changing can be named in mask", {
      target: last.target,
    });
  }

  get #waited(): string {
    return `(waited ${this.#context.deadline.timeoutMs} ms)`;
  }

  #difference(comparison: Comparison): string {
    const { name } = this.#subject;
    const { actual, expected, pixels, ratio } = comparison;
    if (actual.width !== expected.width || actual.height !== expected.height) {
      return `"${name}" has another size: expected ${sizeWords(expected)}, got ${sizeWords(actual)}`;
    }
    const all = grouped(actual.width * actual.height);
    return `"${name}" looks different: ${grouped(pixels)} of ${all} pixels differ (${percent(ratio)}), ${this.#bound}`;
  }

  get #bound(): string {
    const { maxDiffPixels, maxDiffRatio } = this.#step;
    if (maxDiffPixels === undefined && maxDiffRatio === undefined) return "none may";
    const bounds = [
      ...(maxDiffPixels === undefined ? [] : [grouped(maxDiffPixels)]),
      ...(maxDiffRatio === undefined ? [] : [percent(maxDiffRatio)]),
    ];
    return `at most ${bounds.join(" and ")} may`;
  }

  #how(): string {
    const { variant, branch } = this.#subject;
    const threshold = this.#step.threshold ?? usualThreshold;
    return `compared with the picture approved for ${variantText(variant)}, as branch ${branch} has it; threshold ${threshold}`;
  }

  /** @returns null for a step that is tried, of which nothing is kept. @throws StepFailure when there is no room for the file */
  #keep(what: "actual" | "expected" | "diff", bytes: Uint8Array): string | null {
    const { outbox, index, isTried } = this.#context;
    if (isTried) return null;
    const id = newId();
    const name = `${this.#subject.name} ${what}.png`;
    const file = { id, kind: "snapshot", name, contentType: "image/png", step: index } as const;
    // The bytes go to another thread, and may be needed here again.
    const isSent = outbox.artifact({ ...file, ...sizeOf(bytes, "png"), bytes: bytes.slice() });
    if (!isSent) {
      const message = "the picture is too large, or the attempt has made too many files";
      throw new StepFailure("too-large", message);
    }
    outbox.emit({ type: "artifact", artifactId: id, kind: file.kind, name });
    return id;
  }

  #tell(outcome: Outcome): void {
    const { outbox, place, isTried } = this.#context;
    if (isTried) return;
    const { name, variant } = this.#subject;
    const nothing = {
      baselineId: null,
      actualId: null,
      expectedId: null,
      diffId: null,
      pixels: null,
      ratio: null,
    };
    outbox.emit({ type: "snapshot", ...insideOf(place), name, ...variant, ...nothing, ...outcome });
  }
}

function changed({ actual, expected, pixels }: Comparison): string {
  if (actual.width !== expected.width || actual.height !== expected.height) {
    return `its size changed from ${sizeWords(expected)} to ${sizeWords(actual)}`;
  }
  return `${grouped(pixels)} of ${grouped(actual.width * actual.height)} pixels changed`;
}

function sizeWords({ width, height }: { width: number; height: number }): string {
  return `${width} × ${height} pixels`;
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

/** As exactly as it takes to tell it from nothing. */
function percent(ratio: number): string {
  const percents = ratio * 100;
  if (percents === 0) return "0 %";
  if (percents < 0.01) return "less than 0.01 %";
  return `${Number(percents.toFixed(percents < 1 ? 2 : 1))} %`;
}

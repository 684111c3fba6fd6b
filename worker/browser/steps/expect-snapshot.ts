import { type BaselineAnswer, usualThreshold } from "../../../db/domain/snapshots.ts";
import { pathWords } from "../../../db/domain/step-tree.ts";
import type { StepOf } from "../../../db/domain/steps/index.ts";
import { AttemptFault, StepFailure } from "../failure.ts";
import type { Comparison } from "../pixels/contract.ts";
import { pixels } from "../pixels/pixels.ts";
import type { Still } from "../stills.ts";
import type { StepBehaviour, StepContext, StepResult } from "./behaviour.ts";
import { isSame, SnapshotLook } from "./snapshot-look.ts";
import { type Judged, SnapshotReport, type Subject } from "./snapshot-report.ts";

type Step = StepOf<"expectSnapshot">;
type Approved = Extract<BaselineAnswer, { state: "found" }>;

const nameCharsMax = 200;
/** The answer comes within its own bound, however long the step has. */
const answerMsMax = 60_000;

/**
 * Takes pictures until two in a row are the same, and compares that one with the approved picture, until it is as expected or the
 * time is up.
 */
export const expectSnapshot: StepBehaviour<"expectSnapshot"> = async (context, step) => {
  const subject = subjectOf(context, step);
  const asked = context.baselines.ask(subject);
  const look = new SnapshotLook(context, step);
  await look.next();
  const baseline = await context.deadline.race(asked, () => new Error("no answer"), answerMsMax);
  if (baseline.state === "unavailable") {
    const what = `the picture that was approved for "${subject.name}" can't be read`;
    throw new AttemptFault("baseline-unavailable", `${what}: ${baseline.reason}`);
  }
  const report = new SnapshotReport(context, step, { ...subject, branch: baseline.branch });
  if (baseline.state === "found") return compared(look, baseline, step, report);
  if (step.not) throw report.nothingToDifferFrom();
  if (!(await look.untilStill())) throw await report.neverStill(look);
  return report.isNew(look.last);
};

async function compared(
  look: SnapshotLook,
  baseline: Approved,
  step: Step,
  report: SnapshotReport,
): Promise<StepResult> {
  const { baselineId, bytes } = baseline;
  // What was approved needs no second picture to be believed.
  if (!step.not && isSame(look.last.bytes, bytes)) return report.matched(look.last, baselineId);
  let judged: Judged | null = null;
  while (await look.untilStill()) {
    judged = await judge(look.last, bytes, step, judged);
    const isAlike = allows(step, judged.comparison);
    if (isAlike && !step.not) return report.matched(look.last, baselineId);
    if (!isAlike && step.not) return { target: look.last.target };
    if (!(await look.goOn())) break;
  }
  if (judged === null) throw await report.neverStill(look);
  if (step.not) throw report.looksTheSame();
  throw report.different(judged, baseline);
}

/** The same bytes are the same picture, which was compared already. */
async function judge(still: Still, expected: Uint8Array, step: Step, before: Judged | null): Promise<Judged> {
  if (before && isSame(before.still.bytes, still.bytes)) return before;
  const threshold = step.threshold ?? usualThreshold;
  const task = { kind: "compare", actual: still.bytes, expected, threshold } as const;
  return { still, comparison: await pixels.ask(task) };
}

function allows({ maxDiffPixels, maxDiffRatio }: Step, seen: Comparison): boolean {
  const { actual, expected, pixels, ratio } = seen;
  if (actual.width !== expected.width || actual.height !== expected.height) return false;
  if (maxDiffPixels === undefined && maxDiffRatio === undefined) return pixels === 0;
  return pixels <= (maxDiffPixels ?? pixels) && ratio <= (maxDiffRatio ?? ratio);
}

/** @throws StepFailure for a name that can't be one */
function subjectOf(context: StepContext, step: Step): Omit<Subject, "branch"> {
  const { browser, place } = context;
  const { width, height, deviceScaleFactor = 1, mobile = false } = browser.viewport;
  const name = (step.name ?? `step ${pathWords(place.path ?? String(place.step))}`).trim();
  if (name === "" || name.length > nameCharsMax) {
    const message = `the name of a snapshot has 1 to ${nameCharsMax} characters; this one has ${name.length}`;
    throw new StepFailure("invalid-name", message);
  }
  if (context.holdsSecret(name)) {
    throw new StepFailure(
      "invalid-name",
      "the name of a snapshot is shown to everybody: it must hold no secret",
    );
  }
  return {
    name,
    variant: {
      browser: browser.browserName,
      ...{ width, height, mobile },
      scale: deviceScaleFactor,
      platform: browser.isElsewhere ? "remote" : process.platform,
    },
  };
}

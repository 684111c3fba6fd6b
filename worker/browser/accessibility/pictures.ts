import type { AccessibilityReport } from "../../../db/domain/accessibility.ts";
import { limits } from "../../../db/domain/limits.ts";
import { Deadline } from "../deadline.ts";
import { seek } from "../engine.ts";
import { release } from "../frames.ts";
import { artifactOf, type Box, takeExact } from "../screenshots.ts";
import type { StepContext } from "../steps/behaviour.ts";

type Violations = AccessibilityReport["violations"];

/** All pictures together; the step is over when they are taken, and its failure waits for them. */
const allMsMax = 4_000;
const oneMsMax = 1_000;
/** What is around an element says where it is. */
const marginPx = 16;
const sidePxMax = 2_000;

/**
 * Pictures of elements that violate a rule: of each rule the first one, of so many rules. The page is not scrolled for them. What
 * can't be pictured is left out.
 * @returns the violations with the pictures named in their places
 */
export async function pictured(context: StepContext, violations: Violations): Promise<Violations> {
  const all = new Deadline(allMsMax, context.deadline.signal);
  const result: Violations = [];
  for (const violation of violations) {
    const [first, ...others] = violation.places;
    const isOver = result.length >= limits.accessibilityPicturesMax || all.isOver;
    const pictureId = first && !isOver ? await pictureOf(context, violation.rule, first.locator, all) : null;
    result.push(
      first && pictureId !== null
        ? { ...violation, places: [{ ...first, pictureId }, ...others] }
        : violation,
    );
  }
  return result;
}

async function pictureOf(
  { browser, index, outbox }: StepContext,
  rule: string,
  locator: string,
  all: Deadline,
): Promise<string | null> {
  const deadline = all.within(oneMsMax);
  try {
    const found = await seek(browser.tab, locator, { kind: "element" }, deadline);
    release(found.place);
    const box = found.target?.box ?? null;
    if (box === null || box.width < 1 || box.height < 1) return null;
    const picture = await takeExact(browser.tab, { clip: around(box) }, deadline);
    const artifact = artifactOf(picture, "png", `accessibility step ${index + 1} ${rule}`, index);
    if (!outbox.artifact(artifact)) return null;
    outbox.emit({ type: "artifact", artifactId: artifact.id, kind: artifact.kind, name: artifact.name });
    return artifact.id;
  } catch {
    // It has gone, its locator fits no longer, or the page is too busy for a picture; unless the attempt is over.
    deadline.signal.throwIfAborted();
    return null;
  }
}

function around({ x, y, width, height }: Box): Box {
  return {
    x: x - marginPx,
    y: y - marginPx,
    width: Math.min(width, sidePxMax) + 2 * marginPx,
    height: Math.min(height, sidePxMax) + 2 * marginPx,
  };
}

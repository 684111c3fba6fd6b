import { seek } from "../engine.ts";
import { StepFailure } from "../failure.ts";
import { pagePoint, release } from "../frames.ts";
import { artifactOf, takeExact } from "../screenshots.ts";
import type { StepBehaviour, StepContext, StepResult } from "./behaviour.ts";

export const screenshot: StepBehaviour<"screenshot"> = async (context, step) => {
  const { browser, deadline } = context;
  const { tab } = browser;
  const name = step.name ?? `step ${context.index + 1}`;
  if (step.target === undefined) {
    const picture = await takeExact(tab, { fullPage: step.fullPage ?? false }, deadline);
    return keep(context, name, picture);
  }
  const want = { kind: "act", act: { type: "scrollIntoView" }, position: null } as const;
  const found = await seek(tab, step.target, want, deadline);
  const { box } = found.answer;
  if (!box || box.width < 1 || box.height < 1) {
    throw new StepFailure("not-visible", "the element has no size, so there is nothing to picture");
  }
  const corner = found.place.owners.length === 0 ? box : await cornerOf();
  const picture = await takeExact(tab, { clip: { ...box, x: corner.x, y: corner.y } }, deadline);
  release(found.place);
  return { ...keep(context, name, picture), target: found.target };

  /** The middle of what is seen of an element in a frame is sure to be in view; its corner may not be. */
  async function cornerOf() {
    const area = box ?? { x: 0, y: 0, width: 0, height: 0 };
    const middle = { x: area.x + area.width / 2, y: area.y + area.height / 2 };
    const point = await pagePoint(found.place, middle, deadline);
    return { x: point.x - area.width / 2, y: point.y - area.height / 2 };
  }
};

function keep(
  context: StepContext,
  name: string,
  picture: Awaited<ReturnType<typeof takeExact>>,
): StepResult {
  const artifact = artifactOf(picture, "png", name, context.index);
  const { id, kind } = artifact;
  if (!context.outbox.artifact(artifact)) {
    throw new StepFailure("too-large", "the picture is too large, or the attempt has made too many files");
  }
  context.outbox.emit({ type: "artifact", artifactId: id, kind, name: artifact.name });
  return { screenshotId: id };
}

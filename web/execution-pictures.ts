import type { Artifact } from "../db/domain/resources.ts";
import { eachNode, type StepNode } from "../db/domain/step-tree.ts";
import { isAssertion, isStepType } from "../db/domain/steps/index.ts";

/** A picture of the page with its size in CSS pixels, and the step after which it was taken. */
export type Picture = { artifact: Artifact; width: number; height: number; node: StepNode };

export type Pictures = {
  /** In the order in which they were taken. */
  all: Picture[];
  /** The page before the selected step, as the step found its element, and after it. */
  before: Picture | null;
  action: Picture | null;
  after: Picture | null;
  /** Why the picture of the selected step is not there although it was taken. */
  lost: string | null;
};

/**
 * A picture is taken after a step, so that what a step began with is the picture of the one before; where a step had to wait for
 * its element, it has a picture of its own from just before it acted.
 */
export function picturesOf(
  nodes: readonly StepNode[],
  selected: StepNode | null,
  artifacts: readonly Artifact[],
): Pictures {
  const kept = artifacts.filter(({ lostReason }) => lostReason === null);
  const early = new Set(nodes.map(({ finished }) => finished?.beforeId));
  const byId = new Map(kept.map((artifact) => [artifact.id, artifact]));
  const byStep = new Map(
    kept
      .filter(({ kind, id }) => kind === "screenshot" && !early.has(id))
      .map((artifact) => [artifact.step, artifact]),
  );
  let scale = 1;
  const all = nodes.flatMap((node): Picture[] => {
    scale = scaleAfter(node, scale);
    const id = node.finished?.screenshotId;
    const spare = node.depth === 0 && node.branches.length === 0 ? byStep.get(node.index) : undefined;
    const artifact = (id ? byId.get(id) : undefined) ?? spare;
    if (!artifact?.width || !artifact.height) return [];
    return [{ artifact, width: artifact.width / scale, height: artifact.height / scale, node }];
  });
  if (selected === null) return { all, before: null, action: null, after: null, lost: null };
  const inside = new Set(eachNode([selected]));
  const place = new Map(nodes.map((node, index) => [node, index]));
  const at = place.get(selected) ?? 0;
  const last = all.findLast(({ node }) => (place.get(node) ?? 0) < at) ?? null;
  const before = ownBefore(selected, byId, scale) ?? last;
  const after = all.findLast(({ node }) => inside.has(node)) ?? null;
  const box = selected.finished?.target?.box;
  // What an assertion looked at is still there afterwards; what an action did to the page is not.
  const looks = isStepType(selected.type) && isAssertion(selected.type);
  const action = box ? ((looks ? after : before) ?? after ?? before) : null;
  const lost = artifacts.find(({ id }) => id === selected.finished?.screenshotId)?.lostReason ?? null;
  return { all, before, action, after, lost };
}

function ownBefore(node: StepNode, byId: ReadonlyMap<string, Artifact>, scale: number): Picture | null {
  const artifact = byId.get(node.finished?.beforeId ?? "");
  if (!artifact?.width || !artifact.height) return null;
  return { artifact, width: artifact.width / scale, height: artifact.height / scale, node };
}

/** Device pixels per CSS pixel from this step on: boxes are told in the latter. */
function scaleAfter({ step }: StepNode, before: number): number {
  if (step?.type !== "setViewport") return before;
  return step.deviceScaleFactor ?? 1;
}

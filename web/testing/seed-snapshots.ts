import type { TestApp } from "../../api/testing/app.ts";
import { makeArtifact } from "../../api/testing/fixture.ts";
import { makeSnapshot } from "../../api/testing/snapshots.ts";
import type { EventBody, Failure } from "../../db/domain/events.ts";
import type { Snapshot } from "../../db/domain/snapshot-resources.ts";
import { listBaselines } from "../../db/services/baselines.ts";
import { getExecution } from "../../db/services/executions.ts";
import { approveSnapshot, rejectSnapshot } from "../../db/services/snapshots.ts";
import { makeProject, makeTestCase } from "../../db/testing/factories.ts";
import { type Story, store } from "./seed-results.ts";
import type { SeedPicture } from "./seed-story.ts";
import { hostile } from "./seed-texts.ts";

/** Pictures that wait, were decided about, and hold. */
export type SeedSnapshots = {
  projectId: string;
  newId: string;
  differentId: string;
  rejectedId: string;
  oldBaselineId: string;
  runId: string;
  executionId: string;
};

export async function seedSnapshots(t: TestApp, pictures: readonly SeedPicture[]): Promise<SeedSnapshots> {
  const ctx = t.world.as.alice;
  const project = await makeProject(ctx, t.world.project.organizationId, { name: "Pictures" });
  const testCase = await makeTestCase(ctx, project.id, {
    name: "The shop looks as it should",
    steps: [
      { type: "goto", url: "https://shop.example.com/cart" },
      { type: "expectSnapshot", name: "cart" },
    ],
  });
  const execute = async (result: "matched" | "different") =>
    getExecution(ctx, await store(t, testCase, pictures, story(result), "feature/new-cart"));
  const bytesOf = (at: number) => (pictures[at % pictures.length] as SeedPicture).bytes;
  const approve = (snapshot: Snapshot) => approveSnapshot(ctx, project.id, snapshot.id);
  const holding = async (name: string) => {
    const query = { limit: 1, history: "false", name } as const;
    return (await listBaselines(ctx, project.id, query)).items[0]?.id ?? "";
  };

  const first = await execute("matched");
  await approve(await makeSnapshot(t, first, { name: "cart", bytes: bytesOf(0) }));
  const oldBaselineId = await holding("cart");
  const changed = { name: "cart", result: "different", baselineId: oldBaselineId } as const;
  await approve(await makeSnapshot(t, await execute("different"), { ...changed, bytes: bytesOf(1) }));
  const baselineId = await holding("cart");
  const wrong = await makeSnapshot(t, first, { name: "footer", bytes: bytesOf(2) });
  await rejectSnapshot(ctx, project.id, wrong.id);

  const last = await execute("different");
  const file = (at: number, name: string) =>
    makeArtifact(t, last, { name, contentType: "image/jpeg", bytes: bytesOf(at), kind: "snapshot" });
  const different = await makeSnapshot(t, last, {
    name: "cart",
    step: 1,
    result: "different",
    baselineId,
    bytes: bytesOf(3),
    expectedId: await file(1, "cart expected.png"),
    diffId: await file(2, "cart diff.png"),
    pixels: 41_236,
    ratio: 41_236 / (1280 * 720),
  });
  const isNew = await makeSnapshot(t, last, {
    name: "cart on a phone",
    ...{ width: 390, height: 844, scale: 3, mobile: true },
    bytes: bytesOf(0),
  });
  await makeSnapshot(t, last, { name: hostile.slice(0, 200), browser: "firefox", bytes: bytesOf(2) });
  return {
    projectId: project.id,
    newId: isNew.id,
    differentId: different.id,
    rejectedId: wrong.id,
    oldBaselineId,
    runId: last.runId,
    executionId: last.id,
  };
}

const failure: Failure = {
  code: "snapshot-different",
  message: '"cart" looks different: 41,236 of 921,600 pixels differ (4.5 %), none may (waited 10000 ms)',
  detail: "compared with the picture approved for chromium 1280x720 linux; threshold 0.1",
  step: 1,
};

/** An attempt whose last step has found a picture that is new or different, or one that matched. */
function story(result: "matched" | "different"): Story {
  const goto = { step: 0, stepType: "goto", title: "Open https://shop.example.com/cart" };
  const expect = { step: 1, stepType: "expectSnapshot", title: "cart" };
  const nothing = { target: null, screenshotId: null };
  const viewport = { width: 1280, height: 720 };
  const variant = { browser: "chromium", ...viewport, scale: 1, mobile: false, platform: "linux" } as const;
  const files = {
    baselineId: null,
    actualId: null,
    expectedId: null,
    diffId: null,
    pixels: null,
    ratio: null,
  };
  const broken = result === "different" ? failure : null;
  const status = broken ? "failed" : "passed";
  const bodies: [number, EventBody][] = [
    [5, { type: "attempt-started", browser: "Chromium 141", viewport, worker: "w" }],
    [10, { type: "step-started", ...goto }],
    [310, { type: "step-finished", ...goto, status: "passed", durationMs: 300, failure: null, ...nothing }],
    [315, { type: "step-started", ...expect }],
    [10_330, { type: "snapshot", step: 1, name: "cart", ...variant, result, ...files }],
    [10_335, { type: "step-finished", ...expect, status, durationMs: 10_020, failure: broken, ...nothing }],
    [10_400, { type: "attempt-finished", status, failure: broken, durationMs: 10_400 }],
    [10_405, { type: "execution-finished", status, failure: broken }],
  ];
  return { bodies: bodies.map(([at, body]) => ({ at, body })), failure: broken };
}

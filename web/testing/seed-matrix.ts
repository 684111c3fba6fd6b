import { eq } from "drizzle-orm";
import type { TestApp } from "../../api/testing/app.ts";
import type { Project } from "../../db/domain/resources.ts";
import { suiteInputSchema, type TestCaseInput } from "../../db/domain/resources.ts";
import { runStatusOf } from "../../db/domain/states.ts";
import { executions, runs } from "../../db/schema/runs.ts";
import { setTenant } from "../../db/services/context.ts";
import { listExecutions } from "../../db/services/executions.ts";
import { executeSuite, getRun } from "../../db/services/runs.ts";
import { createSuite } from "../../db/services/suites.ts";
import { makeTestCase } from "../../db/testing/factories.ts";
import { hostile } from "./seed-texts.ts";

export type SeedMatrix = { matrixSuiteId: string; matrixRunId: string; limitedCaseId: string };

const titles = [
  "Pays by card",
  "Looks for coffee",
  "Leaves a review that is rather long, so that its name needs more than one line in a narrow column",
  hostile,
];
const passed = { status: "passed", failure: null } as const;
const failed = {
  status: "failed",
  failure: {
    code: "assertion-failed",
    message: 'expected text of h1 to contain "Thanks", got "Sorry"',
    detail: null,
    step: 1,
  },
} as const;

/** A suite in two browsers on two screens, one of its cases beyond what Firefox can do, and a run of it that has ended. */
export async function seedMatrix(t: TestApp, project: Project): Promise<SeedMatrix> {
  const ctx = t.world.as.alice;
  const make = (name: string, steps: unknown[]) =>
    makeTestCase(ctx, project.id, { name, group: "Matrix", steps: steps as TestCaseInput["steps"] });
  const cases = [];
  for (const name of titles) {
    cases.push(
      await make(name, [
        { type: "goto", url: "/" },
        { type: "expectText", target: "h1", text: "Thanks" },
      ]),
    );
  }
  const limited = await make("Orders on a slow line", [
    { type: "goto", url: "/" },
    { type: "emulateNetwork", latencyMs: 300 },
  ]);
  const suite = await createSuite(
    ctx,
    suiteInputSchema.parse({
      projectId: project.id,
      name: "Everywhere",
      testCaseIds: [...cases, limited].map(({ id }) => id),
      browsers: ["chromium", "firefox"],
      viewports: [
        { width: 1280, height: 720 },
        { width: 390, height: 844 },
      ],
    }),
  );
  const run = await executeSuite(ctx, suite.id, {}, "manual");
  await end(t, run.id);
  return { matrixSuiteId: suite.id, matrixRunId: run.id, limitedCaseId: limited.id };
}

/** As its workers would have left it: the first case fails in Firefox, the second on the phone. */
async function end(t: TestApp, runId: string): Promise<void> {
  const ctx = t.world.as.alice;
  const { items } = await listExecutions(ctx, { runId, status: "queued", limit: 100 });
  const run = await getRun(ctx, runId);
  const counts = { ...run.counts, queued: 0 };
  await t.deps.db.orm.transaction(async (tx) => {
    await setTenant(tx, [run.organizationId], null);
    for (const { id, testCaseName, browser, viewport } of items) {
      const isFailing =
        (testCaseName === titles[0] && browser === "firefox") ||
        (testCaseName === titles[1] && viewport.width < 500);
      const end = isFailing ? failed : passed;
      counts[end.status] += 1;
      const startedAt = new Date(run.createdAt);
      const finishedAt = new Date(startedAt.getTime() + 1_300 + 17 * testCaseName.length);
      await tx.update(executions).set({ status: "running", startedAt }).where(eq(executions.id, id));
      await tx
        .update(executions)
        .set({ ...end, finishedAt })
        .where(eq(executions.id, id));
    }
    const finishedAt = new Date(Date.parse(run.createdAt) + 21_000);
    const { queued, passed: green, failed: red } = counts;
    await tx
      .update(runs)
      .set({
        queued,
        passed: green,
        failed: red,
        status: runStatusOf(counts),
        startedAt: new Date(run.createdAt),
        finishedAt,
      })
      .where(eq(runs.id, runId));
  });
  await t.database.db.sql`delete from outbox where unique_key = any (${items.map(({ id }) => id)})`;
}

import { createHash } from "node:crypto";
import { eq } from "drizzle-orm";
import postgres from "postgres";
import { artifactKey } from "../../db/blobs.ts";
import type { Tx } from "../../db/client.ts";
import type { ArtifactKind, EventBody } from "../../db/domain/events.ts";
import { newId } from "../../db/domain/ids.ts";
import type { Execution, Run, Suite, TestCase, TestCaseInput } from "../../db/domain/resources.ts";
import { outboxDone } from "../../db/schema/jobs.ts";
import { liveViews } from "../../db/schema/live.ts";
import { artifacts, events, executions } from "../../db/schema/runs.ts";
import { setTenant } from "../../db/services/context.ts";
import { notifyExecution } from "../../db/services/live.ts";
import { executeSuite, executeTestCase } from "../../db/services/runs.ts";
import { makeSuite, makeTestCase } from "../../db/testing/factories.ts";
import type { TestApp } from "./app.ts";

/** Rows of Alice's project that requests can be about. */
export type Fixture = {
  testCase: TestCase;
  suite: Suite;
  run: Run;
  execution: Execution;
  artifactId: string;
};

export const pictureBytes = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]);

export async function makeFixture(t: TestApp): Promise<Fixture> {
  const ctx = t.world.as.alice;
  const testCase = await makeTestCase(ctx, t.world.project.id);
  const suite = await makeSuite(ctx, t.world.project.id, [testCase.id]);
  const run = await executeSuite(ctx, suite.id, {}, "api");
  const execution = await executeTestCase(ctx, { testCaseId: testCase.id }, "api");
  const artifactId = await makeArtifact(t, execution, { name: "page.png", contentType: "image/png" });
  return { testCase, suite, run, execution, artifactId };
}

/** An execution of a new test case of Alice's project, waiting. */
export async function makeExecution(t: TestApp): Promise<Execution> {
  return makeExecutionOf(t, [{ type: "goto", url: "/" }]);
}

/** The same of these steps. */
export async function makeExecutionOf(t: TestApp, steps: readonly unknown[]): Promise<Execution> {
  const { id } = await makeTestCase(t.world.as.alice, t.world.project.id, {
    steps: steps as TestCaseInput["steps"],
  });
  return executeTestCase(t.world.as.alice, { testCaseId: id }, "api");
}

/** A stored file of an execution, with its row. */
export async function makeArtifact(
  t: TestApp,
  execution: Execution,
  {
    name,
    contentType,
    bytes = pictureBytes,
    kind = contentType.startsWith("image/") ? "screenshot" : "download",
    size = {},
  }: {
    name: string;
    contentType: string;
    bytes?: Uint8Array;
    kind?: ArtifactKind;
    size?: { width?: number; height?: number };
  },
): Promise<string> {
  const id = newId();
  const { organizationId } = execution;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const storageKey = artifactKey({ organizationId }, sha256);
  await t.blobs.put(storageKey, bytes, { contentType, sha256 });
  await asTenant(t, organizationId, (tx) =>
    tx.insert(artifacts).values({
      id,
      organizationId,
      executionId: execution.id,
      attempt: 1,
      kind,
      ...size,
      name,
      contentType,
      sizeBytes: bytes.length,
      sha256,
      storageKey,
    }),
  );
  return id;
}

/** Adds events to an execution's log as its worker would, numbered from `first`. */
export async function addEvents(
  t: TestApp,
  execution: Execution,
  first: number,
  bodies: readonly EventBody[],
): Promise<void> {
  const { organizationId, id: executionId } = execution;
  const rows = bodies.map((body, i) => ({
    executionId,
    organizationId,
    seq: first + i,
    attempt: 1,
    at: new Date(),
    type: body.type,
    body,
  }));
  await asTenant(t, organizationId, (tx) => tx.insert(events).values(rows));
  await notifyExecution(t.deps.db, executionId, execution.runId, execution.projectId);
}

export function logEvent(text: string): EventBody {
  return { type: "log", level: "info", text };
}

/** The id of a job that was given up. */
export async function makeDeadJob(t: TestApp): Promise<string> {
  const id = newId();
  const at = new Date();
  await t.deps.db.orm.insert(outboxDone).values({
    id,
    kind: "housekeeping",
    priority: 200,
    payload: {},
    outcome: "dead",
    attempt: 3,
    failures: 3,
    crashes: 0,
    interruptions: 0,
    error: "it failed three times",
    runAt: at,
    createdAt: at,
  });
  return id;
}

/** An execution as if its worker had paused it. */
export async function makePausedExecution(t: TestApp): Promise<string> {
  const { id, organizationId } = await makeExecution(t);
  const at = new Date();
  await asTenant(t, organizationId, async (tx) => {
    await tx
      .update(executions)
      .set({ status: "running", attempt: 1, startedAt: at })
      .where(eq(executions.id, id));
    await tx.insert(liveViews).values({ executionId: id, organizationId, wanted: "pause", pausedAt: at });
  });
  return id;
}

/** In the place of a page that answers: whatever is asked of one has its answer at once, in this database. */
export async function answerCommands(t: TestApp): Promise<void> {
  const owner = postgres(t.database.ownerUrl, { max: 1 });
  await owner.unsafe(`
    create function answer_command() returns trigger language plpgsql as $$
    begin
      new.answer = jsonb_build_object('ok', true, 'result', case new.kind
        when 'try' then '{"steps":[]}'::jsonb
        when 'pick' then '{"element":"<p>","box":null,"locators":[]}'::jsonb
        else '{"matches":0,"boxes":[]}'::jsonb end);
      return new;
    end $$;
    create trigger answer_command before insert on live_command for each row execute function answer_command();`);
  await owner.end();
}

async function asTenant(
  t: TestApp,
  organizationId: string,
  work: (tx: Tx) => Promise<unknown>,
): Promise<void> {
  await t.deps.db.orm.transaction(async (tx) => {
    await setTenant(tx, [organizationId], null);
    await work(tx);
  });
}

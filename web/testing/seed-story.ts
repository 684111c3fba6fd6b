import { createHash } from "node:crypto";
import type { TestApp } from "../../api/testing/app.ts";
import { artifactKey } from "../../db/blobs.ts";
import type { Tx } from "../../db/client.ts";
import type { EventBody } from "../../db/domain/events.ts";
import type { Project, TestCase } from "../../db/domain/resources.ts";
import {
  type AttemptStatus,
  type ExecutionStatus,
  isFinal,
  noCounts,
  runStatusOf,
} from "../../db/domain/states.ts";
import { artifacts, attempts, events, executions, runs } from "../../db/schema/runs.ts";
import { setTenant } from "../../db/services/context.ts";
import { failureOf, surprises } from "./seed-events.ts";
import { idAt } from "./seed-ids.ts";
import { seedJobs } from "./seed-jobs.ts";
import { boxes } from "./seed-texts.ts";

/** A picture of the page under test, as a worker stores them. */
export type SeedPicture = { bytes: Uint8Array; contentType: string; width: number; height: number };

type Plan = { status: ExecutionStatus; testCase: number; version?: number };

/** Writes runs, executions, logs and jobs as the workers of two days would have left them. */
export class Seeding {
  readonly #t: TestApp;
  readonly #project: Project;
  readonly #testCases: readonly TestCase[];
  readonly #pictures: readonly SeedPicture[];
  readonly #suiteId: string;
  readonly #workerId = idAt(new Date());

  constructor(
    t: TestApp,
    project: Project,
    testCases: readonly TestCase[],
    pictures: readonly SeedPicture[],
    suiteId: string,
  ) {
    this.#t = t;
    this.#project = project;
    this.#testCases = testCases;
    this.#pictures = pictures;
    this.#suiteId = suiteId;
  }

  async tell(environmentId: string) {
    const all = this.#testCases.map((_, testCase) => ({ status: "passed" as const, testCase, version: 1 }));
    for (let hour = 16; hour > 1; hour--) {
      const plans = all.map(
        (plan): Plan => (hour % 5 === 0 && plan.testCase === 3 ? { ...plan, status: "flaky" } : plan),
      );
      await this.#run(`Nightly`, hoursAgo(hour * 3), plans, null);
    }
    const failed = await this.#run(
      "Nightly regression of the whole web shop, with every payment method that finance has asked for",
      hoursAgo(1),
      [
        { status: "failed", testCase: 0 },
        { status: "failed", testCase: 1 },
        { status: "error", testCase: 2 },
        { status: "flaky", testCase: 3 },
        { status: "skipped", testCase: 4 },
        { status: "cancelled", testCase: 5 },
        ...all.slice(6),
      ],
      environmentId,
    );
    const live = await this.#run(
      "Smoke",
      new Date(Date.now() - 40_000),
      [
        { status: "failed", testCase: 6 },
        { status: "passed", testCase: 7 },
        { status: "passed", testCase: 8 },
        { status: "passed", testCase: 9 },
        { status: "running", testCase: 0 },
        { status: "running", testCase: 10 },
        { status: "queued", testCase: 11 },
        { status: "queued", testCase: 12 },
      ],
      environmentId,
    );
    const { organizationId, id: projectId } = this.#project;
    const jobs = await seedJobs(this.#t, {
      organizationId,
      projectId,
      executionId: live.ids[6] ?? "",
      workerId: this.#workerId,
    });
    const at = (list: string[], index: number) => list[index] ?? "";
    return {
      failedRunId: failed.runId,
      liveRunId: live.runId,
      failedId: at(failed.ids, 0),
      errorId: at(failed.ids, 2),
      flakyId: at(failed.ids, 3),
      liveId: at(live.ids, 4),
      queuedId: at(live.ids, 6),
      ...jobs,
      workerId: this.#workerId,
    };
  }

  async #run(name: string, at: Date, plans: readonly Plan[], environmentId: string | null) {
    const counts = noCounts();
    for (const { status } of plans) counts[status]++;
    const status = runStatusOf(counts);
    const runId = idAt(at);
    const { organizationId, id: projectId } = this.#project;
    await this.#asTenant((tx) =>
      tx.insert(runs).values({
        id: runId,
        organizationId,
        projectId,
        suiteId: this.#suiteId,
        name,
        trigger: "manual",
        status,
        ...counts,
        createdBy: this.#t.world.alice.id,
        createdAt: at,
        startedAt: at,
        finishedAt: isFinal(status) ? new Date(at.getTime() + 94_000) : null,
      }),
    );
    const ids: string[] = [];
    for (const [index, plan] of plans.entries()) {
      ids.push(await this.#execution(runId, new Date(at.getTime() + index * 7), plan, environmentId));
    }
    return { runId, ids };
  }

  async #execution(
    runId: string,
    at: Date,
    { status, testCase, version }: Plan,
    environmentId: string | null,
  ): Promise<string> {
    const test = this.#testCases[testCase] as TestCase;
    const id = idAt(at);
    const failure = failureOf(status, testCase);
    const ran = !["queued", "skipped"].includes(status);
    const { organizationId, id: projectId } = this.#project;
    const tries: AttemptStatus[] = !ran
      ? []
      : status === "flaky"
        ? ["failed", "passed"]
        : [attemptStatusOf(status)];
    const endedAt = new Date(at.getTime() + 8_200 + testCase * 1_375);
    await this.#asTenant(async (tx) => {
      await tx.insert(executions).values({
        id,
        organizationId,
        projectId,
        runId,
        testCaseId: test.id,
        version: version ?? test.version,
        testCaseName: test.name,
        groupName: test.group,
        browser: "chromium",
        viewport: { width: 1280, height: 720 },
        environmentId,
        status,
        attempt: tries.length,
        attemptsMax: 2,
        failure,
        createdAt: at,
        startedAt: ran ? at : null,
        finishedAt: isFinal(status) ? endedAt : null,
      });
      let seq = 1;
      for (const [index, attempt] of tries.entries()) {
        await tx.insert(attempts).values({
          executionId: id,
          number: index + 1,
          organizationId,
          status: attempt,
          workerId: this.#workerId,
          leaseToken: idAt(at),
          failure:
            attempt === "failed" ? failureOf("failed", testCase) : attempt === "error" ? failure : null,
          startedAt: at,
          finishedAt: attempt === "running" ? null : endedAt,
        });
        // The old runs only fill the lists; their logs are not looked at.
        if (version === 1) continue;
        seq = await this.#events(tx, { id, at, test, attempt, number: index + 1, seq, status, testCase });
      }
    });
    return id;
  }

  async #events(
    tx: Tx,
    of: {
      id: string;
      at: Date;
      test: TestCase;
      attempt: AttemptStatus;
      number: number;
      seq: number;
      status: ExecutionStatus;
      testCase: number;
    },
  ): Promise<number> {
    const { organizationId } = this.#project;
    const bodies: EventBody[] = [
      {
        type: "attempt-started",
        browser: "Chromium 141",
        viewport: { width: 1280, height: 720 },
        worker: "worker-1",
      },
    ];
    const failsAt =
      of.attempt === "failed"
        ? 7
        : of.attempt === "running"
          ? 5
          : of.attempt === "error"
            ? 0
            : of.test.steps.length;
    for (const [step, { type }] of of.test.steps.entries()) {
      if (step > failsAt) break;
      bodies.push({ type: "step-started", step, stepType: type, title: `Step of type ${type}` });
      if (of.attempt === "running" && step === failsAt) break;
      bodies.push(...surprises(step));
      const failed = step === failsAt;
      const pictureId = await this.#picture(tx, of.id, of.number, step, of.at);
      bodies.push({
        type: "step-finished",
        step,
        stepType: type,
        title: `Step of type ${type}`,
        status: failed ? "failed" : "passed",
        durationMs: failed ? 5_012 : 84 + step * 131,
        failure: failed ? failureOf(of.attempt === "error" ? "error" : "failed", of.testCase) : null,
        target: boxes[step] ?? null,
        screenshotId: pictureId,
      });
    }
    if (of.attempt !== "running") {
      const failure =
        of.attempt === "passed" ? null : failureOf(of.attempt === "error" ? "error" : "failed", of.testCase);
      bodies.push({ type: "attempt-finished", status: of.attempt, failure, durationMs: 8_211 });
      if (of.status === "flaky" && of.number === 1)
        bodies.push({ type: "requeued", reason: "attempt 2 of 2" });
      else if (isFinal(of.status)) bodies.push({ type: "execution-finished", status: of.status, failure });
    }
    const times = timesOf(bodies);
    await tx.insert(events).values(
      bodies.map((body, index) => ({
        executionId: of.id,
        organizationId,
        seq: of.seq + index,
        attempt: of.number,
        at: new Date(of.at.getTime() + (times[index] ?? 0)),
        type: body.type,
        body,
      })),
    );
    return of.seq + bodies.length;
  }

  async #picture(
    tx: Tx,
    executionId: string,
    attempt: number,
    step: number,
    at: Date,
  ): Promise<string | null> {
    const picture = this.#pictures[Math.min(step >> 1, this.#pictures.length - 1)];
    if (!picture) return null;
    const { organizationId } = this.#project;
    const id = idAt(at);
    const { bytes, contentType, width, height } = picture;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const storageKey = artifactKey({ organizationId }, sha256);
    await this.#t.blobs.put(storageKey, bytes, { contentType, sha256 });
    await tx.insert(artifacts).values({
      id,
      organizationId,
      executionId,
      attempt,
      kind: "screenshot",
      name: `step-${step + 1}.jpg`,
      step,
      contentType,
      sizeBytes: bytes.length,
      sha256,
      storageKey,
      width,
      height,
    });
    return id;
  }

  async #asTenant(work: (tx: Tx) => Promise<unknown>): Promise<void> {
    await this.#t.deps.db.orm.transaction(async (tx) => {
      await setTenant(tx, [this.#project.organizationId], null);
      await work(tx);
    });
  }
}

/** Milliseconds from the start: a step ends as long after its beginning as it says; what happens meanwhile is spread. */
function timesOf(bodies: readonly EventBody[]): number[] {
  let at = 40;
  let stepAt = at;
  return bodies.map((body) => {
    if (body.type === "step-started") stepAt = at;
    else if (body.type === "step-finished") at = stepAt + body.durationMs;
    else at += 21;
    return at;
  });
}

function hoursAgo(hours: number): Date {
  return new Date(Date.now() - hours * 3_600_000);
}

function attemptStatusOf(status: ExecutionStatus): AttemptStatus {
  return status === "flaky" || status === "queued" || status === "skipped" ? "passed" : status;
}

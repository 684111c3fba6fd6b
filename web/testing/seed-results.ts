import { createHash } from "node:crypto";
import type { TestApp } from "../../api/testing/app.ts";
import { artifactKey } from "../../db/blobs.ts";
import type { EventBody, Failure } from "../../db/domain/events.ts";
import { newId } from "../../db/domain/ids.ts";
import type { TestCase } from "../../db/domain/resources.ts";
import { noCounts } from "../../db/domain/states.ts";
import type { Step } from "../../db/domain/steps/index.ts";
import { artifacts, attempts, events, executions, runs } from "../../db/schema/runs.ts";
import { setTenant } from "../../db/services/context.ts";
import { updateTestCase } from "../../db/services/test-cases.ts";
import { makeProject, makeTestCase } from "../../db/testing/factories.ts";
import type { SeedPicture } from "./seed-story.ts";
import { hostile, nestedSteps } from "./seed-texts.ts";

/** Executions that the result page has most to do with: steps inside of steps, and very many of everything. */
export type Results = {
  /** The test case with steps inside of steps. */
  caseId: string;
  nestedId: string;
  greenId: string;
  hugeId: string;
  hugeBaseId: string;
};

export async function seedResults(t: TestApp, pictures: readonly SeedPicture[]): Promise<Results> {
  const ctx = t.world.as.alice;
  const project = await makeProject(ctx, t.world.project.organizationId, { name: "Results" });
  const made = await makeTestCase(ctx, project.id, {
    name: "A cart of several products",
    steps: nestedSteps,
  });
  const green = await store(t, made, pictures, nestedStory(null));
  const changed = await updateTestCase(ctx, made.id, {
    steps: [...nestedSteps, { type: "expectTitle", title: "Cart" }],
    message: "Looks at the title as well",
  });
  const failed = await store(t, changed, pictures, nestedStory("2.round-3.1.else.0"));
  const long = await makeTestCase(ctx, project.id, {
    name: `Huge ${hostile}`.slice(0, 200),
    steps: hugeSteps(),
  });
  const hugeBase = await store(t, long, [], hugeStory(false));
  const huge = await store(t, long, [], hugeStory(true));
  return { caseId: made.id, nestedId: failed, greenId: green, hugeId: huge, hugeBaseId: hugeBase };
}

export type Story = { bodies: { at: number; body: EventBody }[]; failure: Failure | null };

class Teller {
  readonly bodies: Story["bodies"] = [];
  #at = 30;

  say(body: EventBody, afterMs = 5): void {
    this.#at += afterMs;
    this.bodies.push({ at: this.#at, body });
  }

  /** A step, with what is inside of it told by `inner`. */
  step(
    path: string,
    step: Step,
    took: number,
    inner: () => void = () => {},
    failure: () => Failure | null = () => null,
  ) {
    const parts = path.split(".");
    const place = {
      step: Number(parts[0]),
      ...(parts.length > 1 ? { path, depth: (parts.length - 1) / 2 } : {}),
    };
    const title = `${step.type} ${"target" in step ? String(step.target) : ""}`.trim();
    const head = { ...place, stepType: step.type, title };
    const began = this.#at;
    this.say({ type: "step-started", ...head }, 2);
    inner();
    this.#at += took;
    const durationMs = this.#at - began - 2;
    const broken = failure();
    const box = "target" in step ? { x: 880, y: 300, width: 160, height: 40 } : null;
    this.say(
      {
        type: "step-finished",
        ...head,
        status: broken ? "failed" : "passed",
        durationMs,
        failure: broken,
        target:
          box && !broken ? { locator: String(Reflect.get(step, "target")), index: 0, matches: 1, box } : null,
        screenshotId: null,
      },
      0,
    );
  }
}

function nestedStory(failsAt: string | null): Story {
  const teller = new Teller();
  const failure: Failure = {
    code: "not-found",
    message: 'no element matched role=button[name="Add to cart"] within 5000 ms',
    detail: 'waited 5000 ms\n  nearest: role=button[name="Put in basket"]',
    step: 2,
    ...(failsAt === null ? {} : { path: failsAt }),
  };
  const [open, banner, products, count] = nestedSteps as [Step, Step, Step, Step];
  const inner = (step: Step, field: string) => Reflect.get(step, field) as Step[];
  teller.say({
    type: "attempt-started",
    browser: "Chromium 141",
    viewport: { width: 1280, height: 720 },
    worker: "w",
  });
  teller.step("0", open, 320, () =>
    teller.say({ type: "navigation", url: "https://shop.example.com/cart" }, 40),
  );
  teller.step("1", banner, 20, () => teller.step("1.then.0", inner(banner, "then")[0] as Step, 110));
  let broken: Failure | null = null;
  teller.step(
    "2",
    products,
    5,
    () => {
      for (let round = 1; round <= 3 && broken === null; round++) {
        const [search, stock] = inner(products, "steps") as [Step, Step];
        const at = `2.round-${round}`;
        teller.step(`${at}.0`, search, 140);
        teller.step(
          `${at}.1`,
          stock,
          4,
          () => {
            const [add, told] = inner(stock, "else") as [Step, Step];
            if (failsAt === `${at}.1.else.0`) {
              trouble(teller);
              broken = failure;
            }
            teller.step(
              `${at}.1.else.0`,
              add,
              broken ? 5_000 : 90,
              () => {},
              () => broken,
            );
            if (!broken) teller.step(`${at}.1.else.1`, told, 60 * round);
          },
          () => broken,
        );
      }
    },
    () => broken,
  );
  if (failsAt === null) teller.step("3", count, 30);
  return { bodies: teller.bodies, failure: failsAt === null ? null : failure };
}

function trouble(teller: Teller): void {
  teller.say({
    type: "request-failed",
    method: "POST",
    url: `https://shop.example.com/api/products?q=coffee&${"long=".padEnd(1_500, "x")}`,
    resourceType: "fetch",
    reason: "HTTP 500",
    status: 500,
  });
  teller.say({
    type: "console",
    level: "error",
    text: `Uncaught (in promise) ${hostile}`,
    url: null,
    line: null,
  });
  teller.say({ type: "console", level: "info", text: "السلة فارغة", url: null, line: null });
}

const hugeCount = 300;
const more: Step = { type: "click", target: "css=button.more" };

function hugeSteps(): Step[] {
  return Array.from(
    { length: hugeCount },
    (_, index): Step =>
      index === 20
        ? { type: "repeat", times: 150, steps: [more] }
        : {
            type: "expectText",
            target: `css=li:nth-child(${index})`,
            text: index % 50 === 0 ? hostile : "ready",
          },
  );
}

function hugeStory(isBroken: boolean): Story {
  const teller = new Teller();
  const failure: Failure = {
    code: "text",
    message: hostile.repeat(4),
    detail: hostile.repeat(20),
    step: 250,
  };
  for (const [index, step] of hugeSteps().entries()) {
    const isEnd = isBroken && index === failure.step;
    teller.step(
      String(index),
      step,
      4 + (index % 7),
      () => {
        if (step.type === "repeat") {
          for (let round = 1; round <= 150; round++) {
            teller.step(`${index}.round-${round}.0`, more, 6);
          }
        }
        for (let line = 0; line < 18; line++) {
          const level = line === 17 && index % 40 === 0 ? "error" : "info";
          teller.say(
            {
              type: "console",
              level,
              text: `${index}.${line} ${line === 3 ? hostile : "said"}`,
              url: null,
              line: null,
            },
            1,
          );
        }
      },
      () => (isEnd ? failure : null),
    );
    if (isEnd) break;
  }
  return { bodies: teller.bodies, failure: isBroken ? failure : null };
}

/** An execution of a run of its own, as its worker would have left it. @returns its id */
export async function store(
  t: TestApp,
  testCase: TestCase,
  pictures: readonly SeedPicture[],
  { bodies, failure }: Story,
  branch: string | null = null,
): Promise<string> {
  const { organizationId, projectId } = testCase;
  const status = failure ? ("failed" as const) : ("passed" as const);
  const startedAt = new Date(Date.now() - 600_000);
  const finishedAt = new Date(startedAt.getTime() + (bodies.at(-1)?.at ?? 0) + 50);
  const [runId, id] = [newId(), newId()];
  const ended = { startedAt, finishedAt, failure };
  const stored = await storePictures(t, organizationId, id, bodies, pictures);
  await t.deps.db.orm.transaction(async (tx) => {
    await setTenant(tx, [organizationId], null);
    const counts = { ...noCounts(), [status]: 1 };
    await tx.insert(runs).values({
      id: runId,
      organizationId,
      projectId,
      name: testCase.name,
      branch,
      trigger: "manual",
      status,
      ...counts,
      startedAt,
      finishedAt,
    });
    await tx.insert(executions).values({
      id,
      organizationId,
      projectId,
      runId,
      testCaseId: testCase.id,
      version: testCase.version,
      testCaseName: testCase.name,
      browser: "chromium",
      viewport: { width: 1280, height: 720 },
      status,
      attempt: 1,
      ...ended,
    });
    await tx
      .insert(attempts)
      .values({ executionId: id, number: 1, organizationId, status, leaseToken: newId(), ...ended });
    if (stored.length > 0) await tx.insert(artifacts).values(stored);
    const rows = bodies.map(({ at, body }, index) => ({
      executionId: id,
      organizationId,
      seq: index + 1,
      attempt: 1,
      at: new Date(startedAt.getTime() + at),
      type: body.type,
      body,
    }));
    for (let from = 0; from < rows.length; from += 1_000) {
      await tx.insert(events).values(rows.slice(from, from + 1_000));
    }
  });
  return id;
}

/** A picture after every step that has none inside; the events are told which. */
async function storePictures(
  t: TestApp,
  organizationId: string,
  executionId: string,
  bodies: Story["bodies"],
  pictures: readonly SeedPicture[],
): Promise<(typeof artifacts.$inferInsert)[]> {
  const rows: (typeof artifacts.$inferInsert)[] = [];
  for (const { body } of bodies) {
    const picture = pictures[Math.min(rows.length >> 1, pictures.length - 1)];
    if (body.type !== "step-finished" || !picture || ["if", "repeat"].includes(body.stepType)) continue;
    const id = newId();
    const { bytes, contentType, width, height } = picture;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const storageKey = artifactKey({ organizationId }, sha256);
    await t.blobs.put(storageKey, bytes, { contentType, sha256 });
    body.screenshotId = id;
    const about = { executionId, organizationId, attempt: 1, kind: "screenshot" as const, step: body.step };
    rows.push({
      id,
      ...about,
      name: `${body.step}.jpg`,
      contentType,
      sizeBytes: bytes.length,
      sha256,
      storageKey,
      width,
      height,
    });
  }
  return rows;
}

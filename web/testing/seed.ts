import { unsentMail } from "../../api/testing/account-cases.ts";
import type { TestApp } from "../../api/testing/app.ts";
import type { Project, TestCase } from "../../db/domain/resources.ts";
import { setEgress } from "../../db/services/egress.ts";
import { putSecret } from "../../db/services/secrets.ts";
import { updateTestCase } from "../../db/services/test-cases.ts";
import { makeEnvironment, makeProject, makeSuite, makeTestCase } from "../../db/testing/factories.ts";
import { seedAccount } from "./seed-account.ts";
import { seedGroups } from "./seed-groups.ts";
import type { SeedJobs } from "./seed-jobs.ts";
import { type SeedMatrix, seedMatrix } from "./seed-matrix.ts";
import { type Results, seedResults } from "./seed-results.ts";
import { seedSchedules } from "./seed-schedules.ts";
import { type SeedSnapshots, seedSnapshots } from "./seed-snapshots.ts";
import { Seeding, type SeedPicture } from "./seed-story.ts";
import { type SeedTenancy, seedTenancy } from "./seed-tenancy.ts";
import { checkoutSteps, names } from "./seed-texts.ts";

/** The smallest picture, where nobody looks at it. */
export const pixel: SeedPicture = {
  bytes: new Uint8Array(
    Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
      "base64",
    ),
  ),
  contentType: "image/png",
  width: 1280,
  height: 720,
};

export type Seed = {
  project: Project;
  empty: Project;
  testCases: TestCase[];
  suiteId: string;
  scheduleId: string;
  busyScheduleId: string;
  groupId: string;
  failedRunId: string;
  liveRunId: string;
  failedId: string;
  flakyId: string;
  errorId: string;
  liveId: string;
  queuedId: string;
  results: Results;
  tenancy: SeedTenancy;
  workerId: string;
  mailId: string;
  matrix: SeedMatrix;
  snapshots: SeedSnapshots;
} & SeedJobs;

/** A project in full use: every status, long names, hostile texts, live work; and a project with nothing in it. */
export async function seedAll(t: TestApp, pictures: readonly SeedPicture[]): Promise<Seed> {
  const ctx = t.world.as.alice;
  const { organizationId } = t.world.project;
  const project = await makeProject(ctx, organizationId, {
    name: "Web shop",
    baseUrl: "https://shop.example.com",
  });
  const empty = await makeProject(ctx, organizationId, { name: "Empty project" });
  const staging = await makeEnvironment(ctx, project.id, {
    name: "Staging",
    baseUrl: "https://staging.shop.example.com",
    variables: { LOCALE: "de-DE", GREETING: "Hallo\nWelt" },
  });
  await makeEnvironment(ctx, project.id, { name: "Production", baseUrl: "https://shop.example.com" });
  await putSecret(ctx, project.id, { name: "SHOP_PASSWORD", value: "correct horse" });
  const installation = { kind: "system", name: "set-up", organizationId } as const;
  const allow = ["10.20.0.0/16:443", "192.168.178.31/32:8080", "[fd12:3456:789a::/48]:3000"];
  await setEgress({ ...ctx, actor: installation }, project.id, { allow });
  const testCases: TestCase[] = [];
  for (const [index, given] of names.entries()) {
    testCases.push(await makeTestCase(ctx, project.id, { ...given, steps: checkoutSteps(index) }));
  }
  const first = testCases[0] as TestCase;
  const steps = first.steps.with(1, { type: "goto", url: "/basket" });
  testCases[0] = await updateTestCase(ctx, first.id, { steps, message: "The cart is called basket now" });
  const suite = await makeSuite(
    ctx,
    project.id,
    testCases.map(({ id }) => id),
  );
  const seeding = new Seeding(t, project, testCases, pictures, suite.id);
  const story = await seeding.tell(staging.id);
  const { scheduleId, busyScheduleId } = await seedSchedules(t, project.id, suite.id);
  const groupId = await seedGroups(t, project.id);
  const results = await seedResults(t, pictures);
  const schedules = { scheduleId, busyScheduleId };
  const mailId = await unsentMail(t);
  await seedAccount(t);
  const matrix = await seedMatrix(t, project);
  const tenancy = await seedTenancy(t, project);
  const snapshots = await seedSnapshots(t, pictures);
  const ids = { mailId, suiteId: suite.id, groupId, ...schedules };
  return { project, empty, testCases, ...ids, ...story, results, tenancy, matrix, snapshots };
}

export type { SeedPicture };

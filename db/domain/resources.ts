import { z } from "zod";
import { artifactKinds, failureSchema } from "./events.ts";
import { evidencePolicies } from "./evidence.ts";
import { limits } from "./limits.ts";
import { browsersSchema, defaultBrowsers, defaultViewport, viewportsSchema } from "./matrix.ts";
import { organizationRoles, platformRoles, projectAccesses, projectRoles } from "./permissions.ts";
import { projectDevice, shownIn } from "./screens.ts";
import { runBranch, snapshotSettings } from "./snapshots.ts";
import { attemptStatuses, executionStatuses, priorities, runStatuses, testCaseStatuses } from "./states.ts";
import { browserNames } from "./steps/definition.ts";
import { variableName } from "./steps/fields.ts";
import { stepsSchema } from "./steps/index.ts";

/**
 * The rows as the API shows them and the inputs as it takes them. Routes, OpenAPI document, pages, command line and verbs
 * share these; an unknown field is refused, not ignored.
 */
const id = z.uuid();
const time = z.iso.datetime();
const name = z.string().trim().min(1, "must not be empty").max(200);
const slug = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case letters, digits and single hyphens");
export const tagSchema = z
  .string()
  .trim()
  .min(1)
  .max(50)
  .regex(/^[^\s,@]+$/, "a tag has no space, comma or @");
const tags = z
  .array(tagSchema)
  .max(30)
  .transform((list) => [...new Set(list)]);
const browser = z.enum(browserNames);
const variables = z.record(variableName, z.string().max(limits.textBytesMax));
const httpUrl = z.url({ protocol: /^https?$/, error: "an http or https address is needed" }).max(2_000);

export const userSchema = z
  .strictObject({
    id,
    email: z.string(),
    name: z.string(),
    platformRole: z.enum(platformRoles),
    createdAt: time,
  })
  .meta({ id: "User" });
export type User = z.output<typeof userSchema>;

export const signInSchema = z.strictObject({
  email: z.email().max(320),
  password: z.string().min(1).max(limits.passwordCharsMax),
  code: z.string().max(100).optional(),
});
export const refreshSchema = z.strictObject({ refreshToken: z.string().min(1).max(500) });
export const tokensSchema = z
  .strictObject({
    accessToken: z.string(),
    refreshToken: z.string(),
    expiresIn: z.int().meta({ description: "Seconds until the access token ends" }),
    user: userSchema,
  })
  .meta({ id: "Tokens" });

export const organizationSchema = z
  .strictObject({
    id,
    name: z.string(),
    slug: z.string(),
    role: z.enum(organizationRoles),
    createdAt: time,
  })
  .meta({ id: "Organization" });
export type Organization = z.output<typeof organizationSchema>;
export const organizationInputSchema = z.strictObject({ name, slug: slug.optional() });

export const memberSchema = z
  .strictObject({
    userId: id,
    email: z.string(),
    name: z.string(),
    role: z.enum(organizationRoles),
    createdAt: time,
  })
  .meta({ id: "Member" });
export type Member = z.output<typeof memberSchema>;
export const memberChangeSchema = z.strictObject({ role: z.enum(organizationRoles) });
export const transferSchema = z.strictObject({ userId: id });

export const projectMemberSchema = z
  .strictObject({
    userId: id,
    email: z.string(),
    name: z.string(),
    role: z
      .enum(projectRoles)
      .meta({ description: "The one that counts: the highest of what this person has" }),
    given: z.enum(projectRoles).nullable().meta({ description: "The role given in this project, if any" }),
    organizationRole: z.enum(organizationRoles),
  })
  .meta({ id: "ProjectMember" });
export type ProjectMember = z.output<typeof projectMemberSchema>;
export const projectMemberInputSchema = z.strictObject({ role: z.enum(projectRoles) });

const evidenceText =
  "What is kept of attempts: on, on-failure (recordings of attempts that did not pass), on-retry (of all but the first), off (events alone)";
const accessText =
  "To whom the project is open without a role in it: organization (all its members), members (only those who run the organization)";
const videoText = "Of which attempts the pages are filmed: on, on-failure, on-retry, off";

export const projectSchema = z
  .strictObject({
    id,
    organizationId: id,
    name: z.string(),
    slug: z.string(),
    baseUrl: z.string().nullable(),
    evidence: z.enum(evidencePolicies).meta({ description: evidenceText }),
    video: z.enum(evidencePolicies).meta({ description: videoText }),
    ...snapshotSettings,
    access: z.enum(projectAccesses).meta({ description: accessText }),
    device: projectDevice,
    archivedAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "Project" });
export type Project = z.output<typeof projectSchema>;
export const projectInputSchema = z.strictObject({
  organizationId: id,
  name,
  slug: slug.optional(),
  baseUrl: httpUrl.nullable().optional(),
});
export const projectChangeSchema = z.strictObject({
  name: name.optional(),
  baseUrl: httpUrl.nullable().optional(),
  evidence: z.enum(evidencePolicies).optional().meta({ description: evidenceText }),
  video: z.enum(evidencePolicies).optional().meta({ description: videoText }),
  defaultBranch: snapshotSettings.defaultBranch.optional(),
  newSnapshots: snapshotSettings.newSnapshots.optional(),
  access: z.enum(projectAccesses).optional().meta({ description: accessText }),
  device: projectDevice.optional(),
  archived: z.boolean().optional(),
});

export const environmentSchema = z
  .strictObject({
    id,
    projectId: id,
    name: z.string(),
    baseUrl: z.string().nullable(),
    variables,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "Environment" });
export type Environment = z.output<typeof environmentSchema>;
export const environmentInputSchema = z.strictObject({
  name,
  baseUrl: httpUrl.nullable().optional(),
  variables: variables.optional(),
});

/** The value goes in and never comes out. */
const secret = { name: z.string(), updatedAt: time, isReadable: z.boolean() };
export const secretSchema = z.strictObject(secret).meta({ id: "Secret" });
export type Secret = z.output<typeof secretSchema>;
export const secretInputSchema = z.strictObject({
  name: variableName,
  value: z.string().min(4, "shorter than 4 characters can't be masked").max(10_000),
});

const testCaseContent = {
  name,
  description: z.string().max(5_000),
  expectedResult: z.string().max(5_000),
  priority: z.enum(priorities),
  status: z.enum(testCaseStatuses),
  tags,
  /** Group of the case in lists, such as "Checkout". */
  group: z.string().trim().max(100).nullable(),
  steps: stepsSchema,
};
export const testCaseSchema = z
  .strictObject({
    id,
    projectId: id,
    organizationId: id,
    ...testCaseContent,
    version: z.int().min(1),
    lastExecution: z
      .strictObject({ id, status: z.enum(executionStatuses), finishedAt: time.nullable() })
      .nullable(),
    archivedAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "TestCase" });
export type TestCase = z.output<typeof testCaseSchema>;
/** A case in a list: everything but its steps. */
export const testCaseSummarySchema = testCaseSchema
  .omit({ steps: true })
  .extend({ stepCount: z.int() })
  .meta({ id: "TestCaseSummary" });
export type TestCaseSummary = z.output<typeof testCaseSummarySchema>;

export const testCaseInputSchema = z.strictObject({
  projectId: id,
  name,
  description: testCaseContent.description.default(""),
  expectedResult: testCaseContent.expectedResult.default(""),
  priority: testCaseContent.priority.default("medium"),
  status: testCaseContent.status.default("active"),
  tags: tags.default([]),
  group: testCaseContent.group.default(null),
  steps: testCaseContent.steps.default([]),
});
export type TestCaseInput = z.output<typeof testCaseInputSchema>;
export const testCaseChangeSchema = z.strictObject({
  name: testCaseContent.name.optional(),
  description: testCaseContent.description.optional(),
  expectedResult: testCaseContent.expectedResult.optional(),
  priority: testCaseContent.priority.optional(),
  status: testCaseContent.status.optional(),
  tags: tags.optional(),
  group: testCaseContent.group.optional(),
  steps: testCaseContent.steps.optional(),
  message: z.string().trim().max(500).optional().meta({ description: "Why, for the list of versions" }),
  expectedVersion: z
    .int()
    .min(1)
    .optional()
    .meta({ description: "Refuse with 409 when the case has been saved since" }),
});
export type TestCaseChange = z.output<typeof testCaseChangeSchema>;

export const versionSchema = z
  .strictObject({
    testCaseId: id,
    version: z.int(),
    message: z.string(),
    author: z.string().nullable(),
    createdAt: time,
    ...testCaseContent,
  })
  .meta({ id: "Version" });
export type Version = z.output<typeof versionSchema>;

const suiteContent = {
  name,
  description: z.string().max(5_000),
  /** The cases in their order; empty when `tagQuery` chooses. */
  testCaseIds: z.array(id).max(limits.casesPerSuiteMax),
  /** Every active case that has all of these tags. */
  tagQuery: z.array(tagSchema).max(10).nullable(),
  environmentId: id.nullable(),
  /** Attempts after a failed one: 0 means one attempt. */
  retries: z
    .int()
    .min(0)
    .max(limits.attemptsPerExecutionMax - 1),
  browsers: browsersSchema,
  viewports: viewportsSchema,
};
export const suiteSchema = z
  .strictObject({
    id,
    projectId: id,
    organizationId: id,
    ...suiteContent,
    caseCount: z.int(),
    lastRun: z.strictObject({ id, status: z.enum(runStatuses), finishedAt: time.nullable() }).nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "Suite" });
export type Suite = z.output<typeof suiteSchema>;
export const suiteInputSchema = z.strictObject({
  projectId: id,
  name,
  description: suiteContent.description.default(""),
  testCaseIds: suiteContent.testCaseIds.default([]),
  tagQuery: suiteContent.tagQuery.default(null),
  environmentId: suiteContent.environmentId.default(null),
  retries: suiteContent.retries.default(0),
  browsers: suiteContent.browsers.default(defaultBrowsers),
  viewports: suiteContent.viewports.default([defaultViewport]),
});
export type SuiteInput = z.output<typeof suiteInputSchema>;
export const suiteChangeSchema = z.strictObject({
  name: suiteContent.name.optional(),
  description: suiteContent.description.optional(),
  testCaseIds: suiteContent.testCaseIds.optional(),
  tagQuery: suiteContent.tagQuery.optional(),
  environmentId: suiteContent.environmentId.optional(),
  retries: suiteContent.retries.optional(),
  browsers: suiteContent.browsers.optional(),
  viewports: suiteContent.viewports.optional(),
});

const counts = z.strictObject(
  Object.fromEntries(executionStatuses.map((status) => [status, z.int()])) as Record<
    (typeof executionStatuses)[number],
    z.ZodInt
  >,
);
export const runSchema = z
  .strictObject({
    id,
    projectId: id,
    organizationId: id,
    suiteId: id.nullable(),
    name: z.string(),
    branch: runBranch.nullable(),
    status: z.enum(runStatuses),
    counts,
    trigger: z.enum(["manual", "api", "retry", "setup", "schedule"]),
    createdBy: z.string().nullable(),
    /** Grows by one with every change, so that a reader can tell the newer of two. */
    revision: z.int(),
    createdAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    durationMs: z.number().nullable(),
  })
  .meta({ id: "Run" });
export type Run = z.output<typeof runSchema>;

export const executionSchema = z
  .strictObject({
    id,
    runId: id,
    projectId: id,
    organizationId: id,
    testCaseId: id,
    testCaseName: z.string(),
    group: z.string().nullable(),
    version: z.int(),
    groupVersions: z.record(z.string(), z.int()).meta({
      description: "The version of each group that it runs; empty before its first attempt",
    }),
    browser,
    viewport: shownIn,
    environmentId: id.nullable(),
    status: z.enum(executionStatuses),
    attempt: z.int(),
    error: failureSchema.nullable(),
    createdAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    durationMs: z.number().nullable(),
  })
  .meta({ id: "Execution" });
export type Execution = z.output<typeof executionSchema>;

export const attemptSchema = z
  .strictObject({
    number: z.int(),
    status: z.enum(attemptStatuses),
    workerId: id.nullable(),
    error: failureSchema.nullable(),
    startedAt: time,
    finishedAt: time.nullable(),
    durationMs: z.number().nullable(),
  })
  .meta({ id: "Attempt" });
export type Attempt = z.output<typeof attemptSchema>;

export const artifactSchema = z
  .strictObject({
    id,
    executionId: id,
    attempt: z.int(),
    kind: z.enum(artifactKinds),
    name: z.string(),
    step: z.int().nullable(),
    contentType: z.string(),
    sizeBytes: z.int(),
    sha256: z.string(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    url: z.string(),
    lostReason: z
      .string()
      .nullable()
      .meta({ description: "Why the file could not be stored; null when it is there" }),
    createdAt: time,
  })
  .meta({ id: "Artifact" });
export type Artifact = z.output<typeof artifactSchema>;

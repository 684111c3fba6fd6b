import { stringify } from "yaml";
import type { z } from "zod";
import {
  type SuiteFile,
  suiteFileSchema,
  type TestCaseContentInput,
  testCaseContentSchema,
} from "./case-content.ts";
import { type FieldError, invalidInput } from "./errors.ts";
import { type GroupContent, groupContentSchema } from "./group-resources.ts";
import { defaultBrowsers, defaultViewport } from "./matrix.ts";
import { fieldErrors } from "./validation.ts";
import { readYaml, withLines, type YamlDocument } from "./yaml-document.ts";
import { canonicalSteps, shortStep } from "./yaml-steps.ts";

/** One test case as YAML; what has its default is left out. `parseTestCaseYaml` gives the same content back. */
export function formatTestCase(content: TestCaseContentInput): string {
  return write(plainCase(content));
}

/** A suite file as YAML; `parseSuiteFile` gives the same back. */
export function formatSuiteFile(suite: SuiteFile): string {
  const { cases, ...rest } = suite;
  const head = withoutDefaults(rest, {
    description: "",
    variables: {},
    retries: 0,
    browsers: defaultBrowsers,
    viewports: [defaultViewport],
    secrets: [],
  });
  return write({ ...head, cases: cases.map(plainCase) });
}

/**
 * Reads one test case, its steps in the short or the canonical form.
 * @throws AppError `invalid-input`; each fault has its path (`steps.2.target`) and names its line.
 */
export function parseTestCaseYaml(text: string): TestCaseContentInput {
  const document = readYaml(text);
  const faults: FieldError[] = [];
  return parsed(testCaseContentSchema, canonicalCase(document.value, "", faults), faults, document);
}

/** A reusable group of steps as YAML; `parseGroupYaml` gives the same content back. */
export function formatGroup({ name, description, parameters, steps }: GroupContent): string {
  const head = withoutDefaults({ name, description, parameters }, { description: "", parameters: [] });
  return write({ ...head, steps: steps.map(shortStep) });
}

/**
 * Reads a group of steps.
 * @throws AppError `invalid-input` as `parseTestCaseYaml` does.
 */
export function parseGroupYaml(text: string): GroupContent {
  const document = readYaml(text);
  const faults: FieldError[] = [];
  return parsed(groupContentSchema, canonicalCase(document.value, "", faults), faults, document);
}

/**
 * Reads a suite file.
 * @throws AppError `invalid-input` as `parseTestCaseYaml` does; paths begin with `cases.0.` inside a case.
 */
export function parseSuiteFile(text: string): SuiteFile {
  const document = readYaml(text);
  const faults: FieldError[] = [];
  return parsed(suiteFileSchema, canonicalSuite(document.value, faults), faults, document);
}

/** Whether a text that is YAML holds a suite rather than one case. */
export function isSuiteFile(text: string): boolean {
  const { value } = readYaml(text);
  return isRecord(value) && Object.hasOwn(value, "cases");
}

function plainCase(content: TestCaseContentInput): Record<string, unknown> {
  const { name, description, expectedResult, priority, status, tags, group, steps } = content;
  return withoutDefaults(
    { name, description, expectedResult, priority, status, tags, group, steps: steps.map(shortStep) },
    {
      description: "",
      expectedResult: "",
      priority: "medium",
      status: "active",
      tags: [],
      group: null,
      steps: [],
    },
  );
}

function withoutDefaults(
  value: Record<string, unknown>,
  defaults: Record<string, unknown>,
): Record<string, unknown> {
  const differs = ([key, item]: [string, unknown]) =>
    item !== undefined && JSON.stringify(item) !== JSON.stringify(defaults[key]);
  return Object.fromEntries(Object.entries(value).filter(differs));
}

function write(value: unknown): string {
  // Folded lines and anchors would be lossless too, but nobody wants to review them.
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, version: "1.2", schema: "core" });
}

function canonicalSuite(value: unknown, faults: FieldError[]): unknown {
  if (!isRecord(value) || !Array.isArray(value.cases)) return value;
  return {
    ...value,
    cases: value.cases.map((item, index) => canonicalCase(item, `cases.${index}.`, faults)),
  };
}

function canonicalCase(value: unknown, prefix: string, faults: FieldError[]): unknown {
  if (!isRecord(value) || !Array.isArray(value.steps)) return value;
  const steps = canonicalSteps(value.steps, `${prefix}steps`, (path, message) =>
    faults.push({ path, message }),
  );
  return { ...value, steps };
}

function parsed<S extends z.ZodType>(
  schema: S,
  value: unknown,
  faults: readonly FieldError[],
  document: YamlDocument,
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success && faults.length === 0) return result.data;
  // What was said about a step as a whole says it better than the schema's complaint about the same one.
  const known = new Set(faults.map(({ path }) => path));
  const others = result.success
    ? []
    : fieldErrors(result.error).filter((error) => !isBelow(error.path, known));
  throw invalidInput(withLines([...faults, ...others], document));
}

function isBelow(path: string, known: ReadonlySet<string>): boolean {
  return [...known].some((start) => path === start || path.startsWith(`${start}.`));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

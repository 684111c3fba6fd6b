import type { TestCaseContentInput } from "../../db/domain/case-content.ts";
import type { TestCase, Version } from "../../db/domain/resources.ts";
import type { Draft } from "./draft.ts";
import type { DraftStep } from "./step-fields.ts";
import { stepAt } from "./step-places.ts";

/** What is saved, as a draft that nobody has touched yet. */
export function draftOf(testCase: TestCase, open: string | null = null): Draft {
  return {
    name: testCase.name,
    description: testCase.description,
    expectedResult: testCase.expectedResult,
    priority: testCase.priority,
    status: testCase.status,
    tags: testCase.tags.join(" "),
    group: testCase.group ?? "",
    steps: testCase.steps as unknown as DraftStep[],
    open: open !== null && stepAt(testCase.steps as unknown as DraftStep[], open) ? open : null,
    message: "",
    expectedVersion: testCase.version,
    dirty: false,
    spare: null,
  };
}

/** The part of a test case or of a version that a person writes. */
export function contentOf(source: TestCase | Version): TestCaseContentInput {
  const { name, description, expectedResult, priority, status, tags, group, steps } = source;
  return { name, description, expectedResult, priority, status, tags, group, steps };
}

import type {
  Page,
  TestCase,
  TestCaseChange,
  TestCaseInput,
  TestCaseQuery,
  TestCaseSummary,
} from "../domain/resources.ts";
import type { Ctx } from "./context.ts";
export declare function listTestCases(ctx: Ctx, query: TestCaseQuery): Promise<Page<TestCaseSummary>>;
export declare function getTestCase(ctx: Ctx, id: string): Promise<TestCase>;
export declare function createTestCase(ctx: Ctx, input: TestCaseInput): Promise<TestCase>;
export declare function updateTestCase(ctx: Ctx, id: string, change: TestCaseChange): Promise<TestCase>;
export declare function archiveTestCase(ctx: Ctx, id: string, archived: boolean): Promise<TestCase>;
export declare function cloneTestCase(ctx: Ctx, id: string): Promise<TestCase>;

import type { z } from "zod";
import type {
  Execution,
  executeSuiteSchema,
  executeTestCaseSchema,
  Page,
  Run,
  RunQuery,
} from "../domain/resources.ts";
import type { Ctx } from "./context.ts";
export type Trigger = Run["trigger"];
export type ExecuteSuiteInput = z.output<typeof executeSuiteSchema>;
export type ExecuteTestCaseInput = z.output<typeof executeTestCaseSchema>;
export declare function executeSuite(
  ctx: Ctx,
  suiteId: string,
  input: ExecuteSuiteInput,
  trigger: Trigger,
): Promise<Run>;
export declare function executeTestCase(ctx: Ctx, input: ExecuteTestCaseInput, trigger: Trigger): Promise<Execution>;
export declare function listRuns(ctx: Ctx, query: RunQuery): Promise<Page<Run>>;
export declare function getRun(ctx: Ctx, id: string): Promise<Run>;
export declare function stopRun(ctx: Ctx, id: string): Promise<Run>;
export declare function retryRun(ctx: Ctx, id: string, options?: { failedOnly?: boolean | undefined }): Promise<Run>;

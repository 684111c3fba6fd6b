import type { z } from "zod";
import type {
  Page,
  Suite,
  SuiteInput,
  suiteChangeSchema,
  suiteQuerySchema,
  TestCaseSummary,
} from "../domain/resources.ts";
import type { Ctx } from "./context.ts";
export type SuiteQuery = z.output<typeof suiteQuerySchema>;
export type SuiteChange = z.output<typeof suiteChangeSchema>;
export declare function listSuites(ctx: Ctx, query: SuiteQuery): Promise<Page<Suite>>;
export declare function getSuite(ctx: Ctx, id: string): Promise<Suite>;
export declare function createSuite(ctx: Ctx, input: SuiteInput): Promise<Suite>;
export declare function updateSuite(ctx: Ctx, id: string, change: SuiteChange): Promise<Suite>;
export declare function deleteSuite(ctx: Ctx, id: string): Promise<void>;
export declare function casesOfSuite(ctx: Ctx, id: string): Promise<TestCaseSummary[]>;

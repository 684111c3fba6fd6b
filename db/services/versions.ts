import type { Page, PageQuery, TestCase, Version } from "../domain/resources.ts";
import type { Ctx } from "./context.ts";
export declare function listVersions(ctx: Ctx, testCaseId: string, query: PageQuery): Promise<Page<Version>>;
export declare function getVersion(ctx: Ctx, testCaseId: string, version: number): Promise<Version>;
export declare function restoreVersion(ctx: Ctx, testCaseId: string, version: number): Promise<TestCase>;

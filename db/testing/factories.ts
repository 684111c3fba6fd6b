import type { Db } from "../client.ts";
import type { OrganizationRole, PlatformRole } from "../domain/permissions.ts";
import type { Environment, Organization, Project, Suite, TestCase, TestCaseInput } from "../domain/resources.ts";
import type { Ctx } from "../services/context.ts";

export type TestUser = { id: string; email: string; name: string; password: string; ctx: () => Promise<Ctx> };
export declare function systemCtx(db: Db, organizationId?: string | null, over?: Partial<Ctx>): Ctx;
export declare function makeUser(db: Db, over?: { name?: string; platformRole?: PlatformRole }): Promise<TestUser>;
/** The context of a request of this user, with the roles of now. */
export declare function ctxOf(db: Db, user: { id: string }, over?: Partial<Ctx>): Promise<Ctx>;
export declare function makeOrganization(db: Db, owner: { id: string }, over?: { name?: string }): Promise<Organization>;
export declare function addMember(db: Db, organizationId: string, userId: string, role: OrganizationRole): Promise<void>;
export declare function makeProject(ctx: Ctx, organizationId: string, over?: { name?: string; baseUrl?: string }): Promise<Project>;
export declare function makeEnvironment(ctx: Ctx, projectId: string, over?: { name?: string; baseUrl?: string; variables?: Record<string, string> }): Promise<Environment>;
export declare function makeTestCase(ctx: Ctx, projectId: string, over?: Partial<TestCaseInput>): Promise<TestCase>;
export declare function makeSuite(ctx: Ctx, projectId: string, testCaseIds: string[]): Promise<Suite>;

import type { z } from "zod";
import type { Environment, environmentInputSchema, Page, PageQuery } from "../domain/resources.ts";
import type { Ctx } from "./context.ts";
export type EnvironmentInput = z.output<typeof environmentInputSchema>;
export type EnvironmentChange = { [K in keyof EnvironmentInput]?: EnvironmentInput[K] | undefined };
export declare function listEnvironments(ctx: Ctx, projectId: string, query: PageQuery): Promise<Page<Environment>>;
export declare function createEnvironment(ctx: Ctx, projectId: string, input: EnvironmentInput): Promise<Environment>;
export declare function updateEnvironment(ctx: Ctx, id: string, change: EnvironmentChange): Promise<Environment>;
export declare function deleteEnvironment(ctx: Ctx, id: string): Promise<void>;

import type { z } from "zod";
import type {
  Page,
  Project,
  projectChangeSchema,
  projectInputSchema,
  projectQuerySchema,
} from "../domain/resources.ts";
import type { Ctx } from "./context.ts";
export type ProjectQuery = z.output<typeof projectQuerySchema>;
export type ProjectInput = z.output<typeof projectInputSchema>;
export type ProjectChange = z.output<typeof projectChangeSchema>;
export declare function listProjects(ctx: Ctx, query: ProjectQuery): Promise<Page<Project>>;
export declare function getProject(ctx: Ctx, id: string): Promise<Project>;
export declare function createProject(ctx: Ctx, input: ProjectInput): Promise<Project>;
export declare function updateProject(ctx: Ctx, id: string, change: ProjectChange): Promise<Project>;

import type { ArtifactKind, LogItem } from "../domain/events.ts";
import type { Artifact, Attempt, Execution, ExecutionQuery, Page } from "../domain/resources.ts";
import type { Ctx } from "./context.ts";
export type LogPage = { items: LogItem[]; nextAfter: number | null };
export type ArtifactQuery = {
  kind?: ArtifactKind | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
};
export declare function listExecutions(ctx: Ctx, query: ExecutionQuery): Promise<Page<Execution>>;
export declare function getExecution(ctx: Ctx, id: string): Promise<Execution>;
export declare function stopExecution(ctx: Ctx, id: string): Promise<Execution>;
export declare function retryExecution(ctx: Ctx, id: string): Promise<Execution>;
export declare function listAttempts(ctx: Ctx, id: string): Promise<Attempt[]>;
export declare function listLogs(ctx: Ctx, id: string, query: { after: number; limit: number }): Promise<LogPage>;
export declare function listArtifacts(ctx: Ctx, id: string, query?: ArtifactQuery): Promise<Page<Artifact>>;
export declare function getArtifact(ctx: Ctx, artifactId: string): Promise<Artifact & { storageKey: string }>;

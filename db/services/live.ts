import type { Db } from "../client.ts";
/** What has changed; ids only, since any session of the database can listen. */
export type LiveHint = { executionId: string | null; runId: string; projectId: string };
export declare function notifyExecution(
  db: Db,
  executionId: string | null,
  runId: string,
  projectId: string,
): Promise<void>;
export declare function notifyLive(db: Db, hints: readonly LiveHint[]): Promise<void>;
export declare function subscribeLive(
  url: string,
  onHint: (hint: LiveHint) => void,
  onLost: () => void,
): { close(): Promise<void> };

import type { Db } from "../client.ts";
export type DatabaseHealth = { status: "up" | "down"; ms: number; error: string | null };
export type QueueHealth = {
  status: "up" | "down";
  ready: number;
  scheduled: number;
  running: number;
  /** Since when the oldest ready job waits. */
  oldestReadyMs: number | null;
  /** Workers seen within the last lease. */
  workers: number;
};
export declare function checkDatabase(db: Db): Promise<DatabaseHealth>;
export declare function queueHealth(db: Db): Promise<QueueHealth>;

import type { Db } from "../client.ts";
export type RequestKey = { userId: string; key: string };
export type RequestState = { state: "new" } | { state: "done"; status: number; body: unknown };
export declare function beginRequest(db: Db, request: RequestKey & { requestHash: string }): Promise<RequestState>;
export declare function finishRequest(
  db: Db,
  request: RequestKey & { status: number; body: unknown },
): Promise<void>;
export declare function forgetRequest(db: Db, request: RequestKey): Promise<void>;

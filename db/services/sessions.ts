import type { Db } from "../client.ts";
export type Client = { address: string | null; userAgent: string | null };
export type Sessions = {
  create(userId: string, client: Client): Promise<{ cookie: string; token: string }>;
  validate(
    cookieHeader: string | null,
  ): Promise<{ userId: string; sessionId: string; cookie: string | null } | null>;
  revoke(cookieHeader: string | null): Promise<string>;
  revokeAll(userId: string): Promise<void>;
};
export declare function openSessions(db: Db, options: { secure: boolean }): Sessions;

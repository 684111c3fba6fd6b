import type { Db } from "../client.ts";
export type IssuedTokens = { accessToken: string; refreshToken: string; expiresIn: number };
export type Tokens = {
  issue(userId: string): Promise<IssuedTokens>;
  verify(accessToken: string): Promise<{ userId: string } | null>;
  refresh(refreshToken: string): Promise<IssuedTokens>;
  revoke(refreshToken: string): Promise<void>;
  issueTicket(userId: string): Promise<{ ticket: string; expiresAt: string }>;
  takeTicket(ticket: string): Promise<string | null>;
};
export declare function openTokens(db: Db, secretKey: string, now?: () => Date): Tokens;

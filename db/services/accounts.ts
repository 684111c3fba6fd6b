import type { Db } from "../client.ts";
import type { PlatformRole } from "../domain/permissions.ts";
import type { User } from "../domain/resources.ts";
import type { Actor, Ctx } from "./context.ts";

export type NewUser = { email: string; name: string; password: string; platformRole: PlatformRole };
export type UserActor = Extract<Actor, { kind: "user" }>;
export type Credentials = {
  email: string;
  password: string;
  /** Who asked, for the audit. */
  address?: string | null;
  userAgent?: string | null;
  requestId?: string | null;
};
export declare function createUser(ctx: Ctx, input: NewUser): Promise<User>;
export declare function findActor(db: Db, userId: string): Promise<UserActor | null>;
export declare function checkCredentials(db: Db, credentials: Credentials): Promise<string>;
export declare function getMe(ctx: Ctx): Promise<User>;

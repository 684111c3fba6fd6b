import type { Context } from "hono";
import type { BlobReader } from "../db/services/artifact-content.ts";
import type { Ctx } from "../db/services/context.ts";
import type { SecretKeys } from "../db/services/envelope.ts";
import type { Sessions } from "../db/services/sessions.ts";

/** What the api's middleware has set before a page is asked for. `ctx` is null for who is not signed in. */
export type WebEnv = { Variables: { ctx: Ctx | null; requestId: string } };

export type WebContext = Context<WebEnv>;

export type WebDeps = {
  /** For signing in, when there is no actor yet; everything else goes through `ctx`. */
  db: Ctx["db"];
  sessions: Sessions;
  /** Seal what is mailed. */
  keys: SecretKeys;
  /** The OpenID provider, by what people call it; null where people sign in with passwords only. */
  signOn: { name: string; issuer: string } | null;
  /** Whether mail leaves the installation; otherwise links are handed on by people. */
  sendsMail: boolean;
  /** For what pages show of stored files. */
  blobs: BlobReader;
  /** Where the installation is reached, for links that are sent elsewhere; without a slash at the end. */
  publicUrl: string;
  /** Shown in the footer. */
  version: string;
  /** The address of a static file, with the hash of its content; by the version when not given. */
  asset?: (name: string) => string;
  /** The address of who asks, as the api judges it (proxies!). */
  addressOf?: (c: WebContext) => string | null;
};

import type { MiddlewareHandler } from "hono";
import type { AppContext, AppDeps, AppEnv } from "../deps.ts";

const userAgentCharsMax = 300;

/** Who is at the other end: the peer, or what a proxy that we trust says about it. */
export function client(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    c.set("client", {
      address: addressOf(c, deps),
      userAgent: c.req.header("User-Agent")?.slice(0, userAgentCharsMax) ?? null,
    });
    await next();
  };
}

/** From the right, the first address that is not one of our proxies: further left stands what anybody can write. */
function addressOf(c: AppContext, deps: AppDeps): string | null {
  let address = plain(deps.peerAddress(c.env));
  const forwarded = (c.req.header("X-Forwarded-For") ?? "").split(",").slice(-20);
  for (const hop of forwarded.toReversed()) {
    if (address === null || !deps.isTrustedProxy(address)) break;
    const next = hop.trim();
    if (!/^[0-9a-fA-F.:]{2,45}$/.test(next)) break;
    address = plain(next);
  }
  return address;
}

/** Whether the request comes from this machine and no proxy stands between. */
export function isLoopback(c: AppContext): boolean {
  const address = c.get("client").address ?? "";
  return (address === "::1" || /^127\./.test(address)) && c.req.header("X-Forwarded-For") === undefined;
}

function plain(address: string | null): string | null {
  return address?.replace(/^::ffff:(?=\d+\.)/i, "") ?? null;
}

import { asSignOnFault, signOnFaultText } from "../db/domain/sign-on.ts";
import type { Ctx } from "../db/services/context.ts";
import { sealAsk } from "../db/services/sign-on-state.ts";
import type { WebContext } from "./env.ts";
import type { SignOnWay } from "./parts/sign-on-button.tsx";
import type { Site } from "./site.tsx";

/** What people call the provider. */
export function providerOf({ deps }: Site): string {
  return deps.signOn?.name ?? "the provider";
}

/** The way to the provider and back to `next`; null where there is none. Browsers go by the address that the provider knows. */
export function signOnWay({ deps }: Site, next: string): SignOnWay | null {
  return wayTo(deps, next === "/" ? {} : { next });
}

/** The same for a session that links an account, or shows once more who its person is. */
export function signOnWayOf(
  { deps }: Site,
  { signIn }: Ctx,
  purpose: "link" | "confirm",
  next: string,
): SignOnWay | null {
  if (signIn?.kind !== "session") return null;
  return wayTo(deps, { purpose, next, ask: sealAsk(deps.keys, purpose, signIn.id) });
}

function wayTo(
  { signOn, publicUrl }: Pick<Site["deps"], "signOn" | "publicUrl">,
  query: Record<string, string>,
): SignOnWay | null {
  if (!signOn) return null;
  const search = new URLSearchParams(query).toString();
  const href = `${publicUrl}/api/v1/auth/oidc/start${search === "" ? "" : `?${search}`}`;
  return { provider: signOn.name, href };
}

/** What kept a sign-on from being made, in words; null when nothing did. */
export function signOnFaultOf(c: WebContext, site: Site): string | null {
  const fault = asSignOnFault(c.req.query("fault"));
  return fault && signOnFaultText(fault, providerOf(site));
}

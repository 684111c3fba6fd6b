import { type Environment, factsOf } from "./environment.ts";

export type RawEnvironment = Record<string, string | undefined>;
export type Problem = { variable: string; message: string };

/** The OpenID provider. */
export type SignOnConfig = { issuer: string; clientId: string; clientSecret: string | null; name: string };

/** A button that leads nowhere is worse than none. */
export function requireWholeSignOn(raw: RawEnvironment, problems: Problem[]): void {
  const names = ["OIDC_ISSUER", "OIDC_CLIENT_ID"] as const;
  const given = [...names, "OIDC_CLIENT_SECRET", "OIDC_NAME"].find((name) => raw[name] !== undefined);
  if (given === undefined) return;
  for (const variable of names.filter((name) => raw[name] === undefined)) {
    const message = `${variable} is unset while ${given} is set: expected ${factsOf(variable).expected}, or no OIDC_ variable at all`;
    problems.push({ variable, message });
  }
}

/** Null where there is none. */
export function signOnConfig(values: Environment): SignOnConfig | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId } = values;
  if (issuer === undefined || clientId === undefined) return null;
  const name = values.OIDC_NAME ?? new URL(issuer).host;
  return { issuer, clientId, clientSecret: values.OIDC_CLIENT_SECRET ?? null, name };
}

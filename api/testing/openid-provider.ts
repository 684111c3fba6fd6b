import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { type Configuration, Provider } from "oidc-provider";

/** What the provider says of somebody. */
export type ProviderAccount = { email?: string; email_verified?: boolean; name?: string };

export type OpenIdProvider = {
  issuer: string;
  client: { clientId: string; clientSecret: string };
  /** By subject; may be changed while it runs. */
  accounts: Map<string, ProviderAccount>;
  close(): Promise<void>;
};

const client = { clientId: "verdict", clientSecret: "a client secret of the tests" };

/**
 * A real OpenID provider on this machine, with a form in which one writes the subject that one wants to be; an empty one refuses.
 * Nobody is asked for consent.
 */
export async function startOpenIdProvider(publicUrl: string): Promise<OpenIdProvider> {
  const accounts = new Map<string, ProviderAccount>();
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, await configurationOf(publicUrl, accounts));
  const answer = provider.callback();
  server.on("request", (request, response) => {
    const isForm = request.url?.startsWith("/interaction/") ?? false;
    const done = isForm ? interact(provider, request, response) : answer(request, response);
    Promise.resolve(done).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  return { issuer, client, accounts, close: () => closeServer(server) };
}

export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

async function configurationOf(
  publicUrl: string,
  accounts: ReadonlyMap<string, ProviderAccount>,
): Promise<Configuration> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [`${publicUrl}/api/v1/auth/oidc/callback`],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: "tests" }] },
    cookies: { keys: ["a cookie key of the tests"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, sub) => {
      const known = accounts.get(sub);
      return known && { accountId: sub, claims: () => ({ sub, ...known }) };
    },
    async loadExistingGrant({ oidc }) {
      const { accountId } = oidc.session ?? {};
      const { clientId } = oidc.client ?? {};
      if (!accountId || !clientId) return undefined;
      const grant = new oidc.provider.Grant({ accountId, clientId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  };
}

async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "POST") {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(`<!doctype html><title>Provider</title><h1>Who are you?</h1><form method="post">
      <input name="login" aria-label="Subject"><button class="btn">Sign in at the provider</button></form>`);
    return;
  }
  let body = "";
  for await (const part of request) body += String(part);
  const accountId = new URLSearchParams(body).get("login") ?? "";
  const denied = { error: "access_denied", error_description: "the person did not want to" };
  const result = accountId === "" ? denied : { login: { accountId } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

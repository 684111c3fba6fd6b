import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { closeServer } from "./openid-provider.ts";

/** A provider that says whatever a test wants: about itself, about the keys, about who came. */
export type HostileProvider = {
  issuer: string;
  /** Paths that were asked for. */
  asked: string[];
  /** What it says instead of what would be right. */
  lies: Lies;
  /** Signs as it would. */
  sign(claims: JWTPayload, options?: { withOtherKey?: boolean }): Promise<string>;
  close(): Promise<void>;
};

export type Lies = {
  metadata?: Record<string, unknown>;
  idToken?: () => Promise<string>;
  userinfo?: Record<string, unknown>;
  /** An answer instead of the usual one, by path. */
  answers?: Record<string, (response: ServerResponse) => void>;
};

export async function startHostileProvider(): Promise<HostileProvider> {
  const [own, other] = [await generateKeyPair("RS256"), await generateKeyPair("RS256")];
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const jwks = { keys: [{ ...(await exportJWK(own.publicKey)), alg: "RS256", use: "sig", kid: "own" }] };
  const provider: HostileProvider = {
    issuer,
    asked: [],
    lies: {},
    sign: (claims, { withOtherKey = false } = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: "own" })
        .sign((withOtherKey ? other : own).privateKey),
    close: () => closeServer(server),
  };
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    provider.asked.push(path);
    const { answers, metadata, idToken, userinfo } = provider.lies;
    const lie = answers?.[path];
    if (lie) return lie(response);
    const bodies: Record<string, () => unknown> = {
      "/.well-known/openid-configuration": () => ({ ...metadataOf(issuer), ...metadata }),
      "/jwks": () => jwks,
      "/token": async () => ({
        access_token: "an access token",
        token_type: "Bearer",
        ...(idToken ? { id_token: await idToken() } : {}),
      }),
      "/userinfo": () => userinfo ?? {},
    };
    void Promise.resolve(bodies[path]?.()).then((body) => {
      response.statusCode = body === undefined ? 404 : 200;
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(body ?? {}));
    });
  });
  return provider;
}

function metadataOf(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/userinfo`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    authorization_response_iss_parameter_supported: true,
  };
}

import * as oidc from "openid-client";
import { AppError } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import { type Identity, identitySchema, type SignOnFault } from "../../db/domain/sign-on.ts";

/** The provider, as an administrator has configured it. */
export type SignOnSettings = { issuer: string; clientId: string; clientSecret: string | null; name: string };

/** What has to come back unchanged, and what proves that it was us who began. */
export type SignOnChecks = { state: string; nonce: string; verifier: string };

export type SingleSignOn = {
  /** What people call the provider. */
  name: string;
  issuer: string;
  /**
   * Where to send a browser.
   * @param fresh whether the provider is to ask anew who the person is
   * @throws SignOnRefusal `unavailable`
   */
  begin(fresh: boolean): Promise<SignOnChecks & { url: string }>;
  /**
   * Takes the code that a browser has brought back, and checks everything about it and about the token that it is good for.
   * @param query what stands behind the `?` of the address that the browser came to
   * @throws SignOnRefusal
   */
  finish(query: string, checks: SignOnChecks & { fresh: boolean }): Promise<Arrived>;
};

/** `name` is what the provider calls the person. */
export type Arrived = { identity: Identity; name: string | null };

/** Nobody was signed in. The message is for the log: it names no token, code or secret. */
export class SignOnRefusal extends Error {
  readonly fault: SignOnFault;

  constructor(fault: SignOnFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "SignOnRefusal";
    this.fault = fault;
  }
}

type Surroundings = {
  /** Without a slash at the end. */
  publicUrl: string;
  /** The way out to the provider: bounds its time, and stops asking who does not answer. */
  ask: <T>(work: (signal: AbortSignal) => Promise<T>, options: { repeat: boolean }) => Promise<T>;
  now?: () => number;
};

export const callbackPath = "/api/v1/auth/oidc/callback";

/** Nothing is asked of the provider before somebody wants to sign in by it. */
export function openSingleSignOn(settings: SignOnSettings, around: Surroundings): SingleSignOn {
  const { name, issuer } = settings;
  const redirectUri = `${around.publicUrl}${callbackPath}`;
  const configuration = kept(() => discover(settings, around.ask), around.now ?? Date.now);
  return {
    name,
    issuer,
    begin: (fresh) => whileSomebodyWaits(async () => begin(await configuration(), redirectUri, fresh)),
    finish: (query, checks) =>
      whileSomebodyWaits(async () => {
        const address = new URL(redirectUri);
        address.search = query;
        return finish(await configuration(), address, checks);
      }),
  };
}

/** What was found is believed for a while, and for longer while nothing newer can be had. */
function kept<T>(find: () => Promise<T>, now: () => number): () => Promise<T> {
  let known: { value: T; at: number } | null = null;
  let finding: Promise<T> | null = null;
  return async () => {
    if (known && now() - known.at < limits.signOnMetadataMs) return known.value;
    finding ??= find().finally(() => {
      finding = null;
    });
    try {
      const value = await finding;
      known = { value, at: now() };
      return value;
    } catch (error) {
      if (known) return known.value;
      throw error;
    }
  };
}

async function discover(
  { issuer, clientId, clientSecret }: SignOnSettings,
  ask: Surroundings["ask"],
): Promise<oidc.Configuration> {
  // Where people try it out on one machine; anything else the configuration refuses.
  const isPlain = new URL(issuer).protocol === "http:";
  return oidc.discovery(new URL(issuer), clientId, undefined, authenticationOf(clientSecret), {
    execute: [oidc.enableNonRepudiationChecks, ...(isPlain ? [oidc.allowInsecureRequests] : [])],
    [oidc.customFetch]: fetchBy(ask),
  });
}

/** As the provider takes it; where it does not say so, in the header, as the specification has it. */
function authenticationOf(secret: string | null): oidc.ClientAuth {
  if (secret === null) return oidc.None();
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    return (methods.includes("client_secret_basic") ? basic : post)(server, ...rest);
  };
}

function fetchBy(ask: Surroundings["ask"]): oidc.CustomFetch {
  return (url, { body, headers, method, redirect, signal }) =>
    ask(
      async (bound) => {
        const ends = AbortSignal.any(signal ? [bound, signal] : [bound]);
        const answer = await fetch(url, { body: body as BodyInit, headers, method, redirect, signal: ends });
        if (answer.status >= 500) throw failed(answer.status);
        return whole(answer);
      },
      // A code is good for one try.
      { repeat: method === "GET" },
    );
}

function failed(status: number): Error {
  return Object.assign(new Error(`the provider answered ${status}`), { status });
}

/** The answer with all of its body, so that whoever waits for it waits within the bound. */
async function whole(answer: Response): Promise<Response> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.byteLength;
    if (size > limits.signOnAnswerBytesMax) throw new Error("the provider's answer is too large");
    parts.push(part);
  }
  const { status, headers } = answer;
  return new Response(size === 0 ? null : new Blob(parts as BlobPart[]), { status, headers });
}

async function begin(
  configuration: oidc.Configuration,
  redirectUri: string,
  fresh: boolean,
): Promise<SignOnChecks & { url: string }> {
  const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: "openid email profile",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...(fresh ? { prompt: "login", max_age: String(limits.signOnFreshSeconds) } : {}),
  });
  return { url: url.href, state, nonce, verifier };
}

async function finish(
  configuration: oidc.Configuration,
  address: URL,
  { state, nonce, verifier, fresh }: SignOnChecks & { fresh: boolean },
): Promise<Arrived> {
  const tokens = await oidc.authorizationCodeGrant(configuration, address, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
    ...(fresh ? { maxAge: limits.signOnFreshSeconds } : {}),
  });
  const claims = tokens.claims();
  if (!claims) throw new Error("there is no ID token");
  // Many providers say who it is in the token and the rest elsewhere.
  const isElsewhere = claims.email === undefined && configuration.serverMetadata().userinfo_endpoint;
  const more = isElsewhere
    ? await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub)
    : claims;
  const authenticatedAt = claims.auth_time === undefined ? null : new Date(claims.auth_time * 1_000);
  const identity = identitySchema.parse({
    issuer: claims.iss,
    subject: claims.sub,
    email: typeof more.email === "string" ? more.email : null,
    // Some say it as a text.
    emailVerified: more.email_verified === true || (more.email_verified as unknown) === "true",
    authenticatedAt: authenticatedAt?.toISOString() ?? null,
  });
  return { identity, name: typeof more.name === "string" ? more.name : null };
}

/** @throws SignOnRefusal whatever went wrong */
async function whileSomebodyWaits<T>(work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const tooLate = () => reject(new SignOnRefusal("unavailable", "the provider did not answer in time"));
    timer = setTimeout(tooLate, limits.signOnAnswerMs);
  });
  const done = work();
  // What comes too late nobody waits for.
  done.catch(() => undefined);
  try {
    return await Promise.race([done, late]);
  } catch (error) {
    throw error instanceof SignOnRefusal ? error : refusalOf(error);
  } finally {
    clearTimeout(timer);
  }
}

function refusalOf(error: unknown): SignOnRefusal {
  if (causesOf(error).some((cause) => cause instanceof AppError && cause.code === "unavailable")) {
    return new SignOnRefusal("unavailable", "the provider is not available", error);
  }
  if (error instanceof oidc.AuthorizationResponseError) {
    const fault = error.error === "access_denied" ? "denied" : "not-valid";
    return new SignOnRefusal(fault, `the provider refused: ${printable(error.error)}`, error);
  }
  if (error instanceof oidc.ResponseBodyError) {
    return new SignOnRefusal("not-valid", `the provider took no code: ${printable(error.error)}`, error);
  }
  const [outer, inner] = causesOf(error);
  const said = [outer, inner].flatMap((cause) => (cause instanceof Error ? [cause.message] : []));
  return new SignOnRefusal("not-valid", printable(said.join(": ")), error);
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 6; cause = cause.cause)
    causes.push(cause);
  return causes;
}

/** What comes from outside is one short line of a log. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
}

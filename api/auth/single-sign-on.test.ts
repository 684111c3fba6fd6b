import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import type { JWTPayload } from "jose";
import { policies } from "../../db/outside-calls/policies.ts";
import { OutsideCalls } from "../../db/outside-calls.ts";
import { type HostileProvider, startHostileProvider } from "../testing/hostile-provider.ts";
import { openSingleSignOn, SignOnRefusal, type SingleSignOn } from "./single-sign-on.ts";

let provider: HostileProvider;
let signOn: SingleSignOn;
before(async () => {
  provider = await startHostileProvider();
});
after(() => provider?.close());
beforeEach(() => {
  provider.lies = {};
  provider.asked = [];
  signOn = openFor(provider.issuer);
});

const publicUrl = "https://verdict.example.com";
const inHaste = { ...policies["sign-on"], tryMs: 200, totalMs: 400, openMs: 60_000 };

function openFor(issuer: string, policy = policies["sign-on"]): SingleSignOn {
  const outside = new OutsideCalls({ policies: { "sign-on": policy } });
  const settings = { issuer, clientId: "verdict", clientSecret: "secret", name: "Test" };
  return openSingleSignOn(settings, { publicUrl, ask: outside.to("sign-on") });
}

const seconds = () => Math.floor(Date.now() / 1_000);

/** Comes back with a code whose token says what would be right, but for what is given. */
async function comeBack(
  over: Claims,
  { query = {}, withOtherKey = false, fresh = false }: Come = {},
): Promise<Awaited<ReturnType<SingleSignOn["finish"]>>> {
  const begun = await signOn.begin(fresh);
  const claims = {
    iss: provider.issuer,
    aud: "verdict",
    sub: "ada",
    nonce: begun.nonce,
    iat: seconds(),
    exp: seconds() + 300,
    email: "Ada@Example.com",
    email_verified: true,
    ...over,
  };
  provider.lies.idToken ??= () => provider.sign(claims as JWTPayload, { withOtherKey });
  const search = { code: "a code", state: begun.state, iss: provider.issuer, ...query };
  return signOn.finish(`?${new URLSearchParams(search)}`, { ...begun, fresh });
}

/** With undefined for what the token does not say. */
type Claims = Record<string, unknown>;
type Come = { query?: Record<string, string>; withOtherKey?: boolean; fresh?: boolean };

const refusal = (fault: string, reason: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SignOnRefusal, String(error));
  assert.equal(error.fault, fault, error.message);
  assert.match(error.message, reason);
  return true;
};

describe("the way to a provider", () => {
  it("carries a code challenge, a state and a nonce of its own, and the exact address to come back to", async () => {
    const [first, second] = [await signOn.begin(false), await signOn.begin(false)];
    const url = new URL(first.url);
    assert.equal(`${url.origin}${url.pathname}`, `${provider.issuer}/authorize`);
    const { code_challenge, scope, ...query } = Object.fromEntries(url.searchParams);
    assert.match(code_challenge ?? "", /^[\w-]{43}$/);
    assert.notEqual(code_challenge, first.verifier);
    assert.deepEqual(scope?.split(" "), ["openid", "email", "profile"]);
    assert.deepEqual(query, {
      client_id: "verdict",
      response_type: "code",
      redirect_uri: `${publicUrl}/api/v1/auth/oidc/callback`,
      code_challenge_method: "S256",
      state: first.state,
      nonce: first.nonce,
    });
    for (const name of ["state", "nonce", "verifier"] as const) assert.notEqual(first[name], second[name]);
  });

  it("asks anew who the person is where that is wanted", async () => {
    const { searchParams } = new URL((await signOn.begin(true)).url);
    assert.equal(searchParams.get("prompt"), "login");
    assert.equal(searchParams.get("max_age"), "300");
  });

  it("is found out once, and believed for a while", async () => {
    await Promise.all([signOn.begin(false), signOn.begin(false)]);
    await signOn.begin(false);
    assert.deepEqual(provider.asked, ["/.well-known/openid-configuration"]);
  });
});

describe("the answer of a provider", () => {
  it("says who came, when everything about it is right", async () => {
    const at = seconds() - 5;
    const { identity, name } = await comeBack({ name: "Ada", auth_time: at });
    assert.equal(name, "Ada");
    assert.deepEqual(identity, {
      issuer: provider.issuer,
      subject: "ada",
      email: "Ada@Example.com",
      emailVerified: true,
      authenticatedAt: new Date(at * 1_000).toISOString(),
    });
  });

  it("names the address elsewhere, for the same person", async () => {
    const nothing = { email: undefined, email_verified: undefined };
    provider.lies.userinfo = { sub: "ada", email: "ada@example.com", email_verified: "true" };
    assert.equal((await comeBack(nothing)).identity.emailVerified, true);
    provider.lies.userinfo = { sub: "eve", email: "ada@example.com", email_verified: true };
    await assert.rejects(comeBack(nothing), refusal("not-valid", /./));
  });

  it("verifies no address unless it says so", async () => {
    for (const email_verified of [false, undefined, "false", 1, null]) {
      provider.lies = { userinfo: { sub: "ada" } };
      const { identity } = await comeBack({ email_verified });
      assert.equal(identity.emailVerified, false, String(email_verified));
    }
  });

  const wrongs: [what: string, over: Claims, come: Come, fault: string, reason: RegExp][] = [
    ["another state", {}, { query: { state: "another" } }, "not-valid", /state/],
    ["another nonce", { nonce: "another" }, {}, "not-valid", /nonce|claim/],
    ["no nonce", { nonce: undefined }, {}, "not-valid", /nonce|claim/],
    ["another issuer of the token", { iss: "https://evil.example" }, {}, "not-valid", /iss|claim/],
    ["another issuer of the answer", {}, { query: { iss: "https://evil.example" } }, "not-valid", /iss/],
    ["a token for another program", { aud: "another" }, {}, "not-valid", /aud|claim/],
    ["a token that has expired", { exp: seconds() - 60 }, {}, "not-valid", /exp|timestamp/],
    ["a token from the future", { iat: seconds() + 7_200, nbf: seconds() + 3_600 }, {}, "not-valid", /./],
    ["a token signed by somebody else", {}, { withOtherKey: true }, "not-valid", /signature/],
    ["a token without a person", { sub: undefined }, {}, "not-valid", /sub|claim/],
    ["a proof of long ago", { auth_time: seconds() - 3_600 }, { fresh: true }, "not-valid", /./],
    ["no proof of when", {}, { fresh: true }, "not-valid", /auth_time|claim/],
    ["a no", {}, { query: { error: "access_denied" } }, "denied", /access_denied/],
  ];
  for (const [what, over, come, fault, reason] of wrongs) {
    it(`is refused with ${what}`, async () => {
      await assert.rejects(comeBack(over, come), refusal(fault, reason));
    });
  }

  it("is refused without the issuer that the provider says it names, and with a field twice", async () => {
    const begun = await signOn.begin(false);
    const finish = (query: string) => signOn.finish(query, { ...begun, fresh: false });
    await assert.rejects(finish(`?code=x&state=${begun.state}`), refusal("not-valid", /iss/));
    const twice = `?code=x&code=y&state=${begun.state}&iss=${encodeURIComponent(provider.issuer)}`;
    await assert.rejects(finish(twice), refusal("not-valid", /code/));
    assert.ok(!provider.asked.includes("/token"), "nothing was asked for such an answer");
  });

  it("is refused without a token, with one that nobody has signed, and when no code is taken", async () => {
    provider.lies.answers = {
      "/token": (response) => json(response, 200, { access_token: "x", token_type: "Bearer" }),
    };
    await assert.rejects(comeBack({}), refusal("not-valid", /./));
    provider.lies = { idToken: async () => `${part({ alg: "none" })}.${part({ iss: provider.issuer })}.` };
    await assert.rejects(comeBack({}), refusal("not-valid", /./));
    const taken = { error: "invalid_grant", error_description: "used\u001b[31m" };
    provider.lies = { answers: { "/token": (response) => json(response, 400, taken) } };
    await assert.rejects(comeBack({}), refusal("not-valid", /^the provider took no code: invalid_grant$/));
  });

  it("is not followed elsewhere, and not read without end", async () => {
    provider.lies.answers = {
      "/token": (response) => response.writeHead(302, { location: `${provider.issuer}/elsewhere` }).end(),
    };
    await assert.rejects(comeBack({}), refusal("not-valid", /./));
    assert.ok(!provider.asked.includes("/elsewhere"));
    provider.lies.answers = {
      "/token": (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const more = () => void response.write("x".repeat(65_536), (error) => error ?? setImmediate(more));
        more();
      },
    };
    await assert.rejects(comeBack({}), refusal("not-valid", /too large/));
  });

  it("is not asked for at one that calls itself something else", async () => {
    provider.lies.metadata = { issuer: "https://evil.example" };
    await assert.rejects(signOn.begin(false), refusal("not-valid", /issuer/));
  });
});

describe("a provider that is not there", () => {
  it("is said to be away, whether it refuses, fails or is silent; and is then not asked for a while", async () => {
    provider.lies.answers = { "/token": (response) => json(response, 503, {}) };
    await assert.rejects(comeBack({}), refusal("unavailable", /not available/));
    assert.equal(provider.asked.filter((path) => path === "/token").length, 1, "a code is good for one try");

    const { port, connections, close } = await startSilent();
    try {
      const away = openFor(`http://127.0.0.1:${port}`, inHaste);
      for (let tries = 0; tries < inHaste.failuresMax; tries++) {
        await assert.rejects(away.begin(false), refusal("unavailable", /./));
      }
      const asked = connections.length;
      assert.ok(asked > 0);
      await assert.rejects(away.begin(false), refusal("unavailable", /./));
      assert.equal(connections.length, asked, "its breaker is open");
    } finally {
      close();
    }
    const gone = openFor(`http://127.0.0.1:${port}`, inHaste);
    await assert.rejects(gone.begin(false), refusal("unavailable", /./));
  });

  it("is waited for no longer than a browser is", async () => {
    const endless = { ...policies["sign-on"], tryMs: 600_000, totalMs: 600_000 };
    const late = openFor(provider.issuer, endless);
    provider.lies.answers = { "/.well-known/openid-configuration": () => undefined };
    await assert.rejects(late.begin(false), refusal("unavailable", /in time/));
  });

  it("is asked again when it is back", async () => {
    provider.lies.answers = { "/.well-known/openid-configuration": (response) => json(response, 500, {}) };
    await assert.rejects(signOn.begin(false), refusal("unavailable", /./));
    provider.lies = {};
    assert.equal((await comeBack({})).identity.subject, "ada");
  });
});

function json(
  response: Parameters<NonNullable<HostileProvider["lies"]["answers"]>[string]>[0],
  status: number,
  body: unknown,
) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Takes connections and says nothing. */
async function startSilent() {
  const server = createServer();
  const connections: Socket[] = [];
  server.on("connection", (socket) => connections.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address && typeof address === "object");
  const close = () => {
    for (const socket of connections) socket.destroy();
    server.close();
  };
  return { port: address.port, connections, close };
}

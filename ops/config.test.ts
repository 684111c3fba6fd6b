import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ConfigError, loadConfig, parseConfig } from "./config.ts";
import { factsOf, variableNames } from "./environment.ts";
import { addressList } from "./environment-values.ts";

let home = "";
before(() => {
  home = mkdtempSync(join(tmpdir(), "verdict-config-"));
});
after(() => rmSync(home, { recursive: true, force: true }));

function problemsOf(env: Record<string, string>): string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => problem.message);
    throw error;
  }
  return [];
}

describe("configuration", () => {
  it("is complete with an empty environment", () => {
    const config = parseConfig({});
    assert.equal(config.port, 3000);
    assert.equal(config.publicUrl, "http://localhost:3000");
    assert.equal(config.databaseUrl, null);
    assert.equal(config.s3, null);
    assert.equal(config.openai, null);
    assert.equal(config.demo, true);
    assert.ok(config.home.endsWith(".verdict"));
  });

  it("takes empty values for unset ones", () => {
    assert.equal(parseConfig({ REDIS_URL: "", PORT: "", S3_BUCKET: "" }).redisUrl, null);
  });

  it("names the variable, its value and what would be right, for every wrong one at once", () => {
    const problems = problemsOf({ PORT: "99999", LOG_LEVEL: "loud", PUBLIC_URL: "ftp://x" });
    assert.equal(problems.length, 3);
    assert.match(problems[0] ?? "", /^PORT is "99999": expected a whole number from 0 to 65535/);
    assert.match(problems[1] ?? "", /^PUBLIC_URL is "ftp:\/\/x": expected an http/);
    assert.match(problems[2] ?? "", /^LOG_LEVEL is "loud": expected one of trace/);
  });

  it("holds tests back from private addresses in production, unless it is said otherwise", () => {
    assert.equal(parseConfig({}).egress, "open");
    const production = { NODE_ENV: "production", SECRET_KEY: "x".repeat(32) };
    assert.equal(parseConfig(production).egress, "deny-private");
    assert.equal(parseConfig({ ...production, EGRESS: "open" }).egress, "open");
    assert.match(
      problemsOf({ EGRESS: "closed" })[0] ?? "",
      /EGRESS is "closed": expected one of open, deny-private/,
    );
  });

  it("takes no browser that runs elsewhere where private addresses are denied", () => {
    const elsewhere = { CHROMIUM_WS_ENDPOINT: "wss://farm.example/?token=hunter2", EGRESS: "deny-private" };
    const [problem = ""] = problemsOf(elsewhere);
    assert.match(
      problem,
      /^CHROMIUM_WS_ENDPOINT is set while EGRESS is "deny-private".*expected EGRESS=open/,
    );
    assert.ok(!problem.includes("hunter2"));
    assert.deepEqual(problemsOf({ ...elsewhere, EGRESS: "open" }), []);
  });

  it("never shows a secret's value", () => {
    const text = problemsOf({ DATABASE_URL: "mysql://u:hunter2@h/db", SECRET_KEY: "hunter2" }).join("\n");
    assert.match(text, /DATABASE_URL has a wrong value/);
    assert.match(text, /SECRET_KEY has a wrong value/);
    assert.doesNotMatch(text, /hunter2/);
  });

  it("reads every secret from NAME_FILE too, and refuses both at once", () => {
    const file = join(home, "database-url");
    writeFileSync(file, "postgres://u:p@h/db\n");
    assert.equal(parseConfig({ DATABASE_URL_FILE: file }).databaseUrl, "postgres://u:p@h/db");
    assert.match(
      problemsOf({ DATABASE_URL_FILE: file, DATABASE_URL: "postgres://h/db" })[0] ?? "",
      /both set/,
    );
    assert.match(problemsOf({ SECRET_KEY_FILE: join(home, "none") })[0] ?? "", /SECRET_KEY_FILE.*ENOENT/);
  });

  it("refuses half an S3 configuration", () => {
    assert.match(
      problemsOf({ S3_REGION: "eu-central-1" })[0] ?? "",
      /^S3_BUCKET is unset while S3_REGION is set/,
    );
    const withoutKeys = problemsOf({ S3_ENDPOINT: "http://minio:9000", S3_BUCKET: "verdict" });
    assert.deepEqual(
      withoutKeys.map((message) => message.split(" ")[0]),
      ["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"],
    );
    assert.deepEqual(parseConfig({ S3_BUCKET: "verdict", S3_REGION: "eu-central-1" }).s3, {
      endpoint: null,
      bucket: "verdict",
      region: "eu-central-1",
      credentials: null,
    });
  });

  it("takes a whole OpenID provider or none, over https or on this machine", () => {
    const whole = { OIDC_ISSUER: "https://login.example.com/team/", OIDC_CLIENT_ID: "verdict" };
    assert.equal(parseConfig({}).signOn, null);
    assert.deepEqual(parseConfig(whole).signOn, {
      issuer: "https://login.example.com/team/",
      clientId: "verdict",
      clientSecret: null,
      name: "login.example.com",
    });
    const named = { ...whole, OIDC_NAME: "Example", OIDC_CLIENT_SECRET: "hunter2" };
    assert.deepEqual(parseConfig(named).signOn?.name, "Example");
    assert.equal(parseConfig({ ...whole, OIDC_ISSUER: "http://127.0.0.1:9" }).signOn?.name, "127.0.0.1:9");
    assert.match(
      problemsOf({ OIDC_CLIENT_SECRET: "hunter2" }).join("\n"),
      /^OIDC_ISSUER is unset while OIDC_CLIENT_SECRET is set: .*\nOIDC_CLIENT_ID is unset/,
    );
    for (const issuer of [
      "http://login.example.com",
      "https://a.example/?tenant=1",
      "https://u:p@a.example",
    ]) {
      assert.match(
        problemsOf({ ...whole, OIDC_ISSUER: issuer })[0] ?? "",
        /^OIDC_ISSUER is ".*": expected the issuer/,
      );
    }
  });

  it("generates the secret key once, readable by its owner only", () => {
    const first = loadConfig({ VERDICT_HOME: home }).secretKey;
    assert.ok(first.length >= 32);
    assert.equal(loadConfig({ VERDICT_HOME: home }).secretKey, first);
    assert.equal(statSync(join(home, "secret-key")).mode & 0o777, 0o600);
    assert.equal(readFileSync(join(home, "secret-key"), "utf8").trim(), first);
  });

  it("insists on SECRET_KEY in production", () => {
    assert.match(problemsOf({ NODE_ENV: "production" })[0] ?? "", /SECRET_KEY is unset/);
  });

  it("accepts addresses and ranges as trusted proxies, and nothing else", () => {
    const ranges = parseConfig({ TRUSTED_PROXIES: "10.0.0.0/8, ::1" }).trustedProxies;
    const list = addressList(ranges);
    assert.equal(list.check("10.1.2.3"), true);
    assert.equal(list.check("11.1.2.3"), false);
    assert.equal(list.check("::1", "ipv6"), true);
    assert.match(
      problemsOf({ TRUSTED_PROXIES: "10.0.0.0/33" })[0] ?? "",
      /TRUSTED_PROXIES is "10.0.0.0\/33"/,
    );
  });

  it("has facts for every variable", () => {
    for (const name of variableNames) assert.ok(factsOf(name).expected.length > 0, name);
  });
});

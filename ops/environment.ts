import { availableParallelism } from "node:os";
import { z } from "zod";
import { egressModes } from "../db/domain/egress.ts";
import { limits } from "../db/domain/limits.ts";
import {
  addressRanges,
  isIssuer,
  keyList,
  optionalText,
  urlOf,
  webUrl,
  wholeNumber,
} from "./environment-values.ts";

/** What the documentation and the error messages say about one environment variable. */
export type VariableFacts = {
  group:
    | "Server"
    | "Data"
    | "Storage"
    | "Model"
    | "First sign-in"
    | "Single sign-on"
    | "Mail"
    | "Workers"
    | "Operation";
  /** What it is for, one or two sentences. */
  about: string;
  /** What a right value looks like; follows "expected" in an error. */
  expected: string;
  /** What happens when it is unset, in words. */
  unset: string;
  /** Secrets are never shown and may come as NAME_FILE. */
  secret?: true;
};

/** Facts by schema, so that the schema stays the only list of variables. */
export const variableFacts = z.registry<VariableFacts>();

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
const defaultConcurrency = Math.max(1, Math.min(8, availableParallelism()));

export const environmentSchema = z.object({
  PORT: wholeNumber(0, 65_535).default(3000).register(variableFacts, {
    group: "Server",
    about: "Port of the HTTP server (dashboard, API, WebSocket).",
    expected: "a whole number from 0 to 65535 (0 takes any free port), for example 3000",
    unset: "3000",
  }),
  PUBLIC_URL: webUrl().optional().register(variableFacts, {
    group: "Server",
    about: "Address under which people reach Verdict: used in e-mails, links, cookies and origin checks.",
    expected: "an http or https address, for example https://verdict.example.com",
    unset: "`http://localhost:<PORT>`",
  }),
  TRUSTED_PROXIES: addressRanges().default([]).register(variableFacts, {
    group: "Server",
    about: "Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, separated by commas.",
    expected: "IP addresses or CIDR ranges separated by commas, for example 10.0.0.0/8,127.0.0.1",
    unset: "no proxy is believed",
  }),
  SIGN_IN_PER_MINUTE: wholeNumber(1, 1_000)
    .default(limits.signInPerMinute)
    .register(variableFacts, {
      group: "Server",
      about:
        "Tries to sign in, in a minute, for one e-mail address from one address of the network. Counted before a password is looked at, over all instances: in Redis, or without one in PostgreSQL.",
      expected: "a whole number from 1 to 1000",
      unset: String(limits.signInPerMinute),
    }),
  API_PER_MINUTE: wholeNumber(1, 1_000_000)
    .default(limits.apiPerMinute)
    .register(variableFacts, {
      group: "Server",
      about: "Requests to the API, in a minute, for one user. Pages are not counted.",
      expected: "a whole number from 1 to 1000000",
      unset: String(limits.apiPerMinute),
    }),
  UPLOADS_PER_HOUR: wholeNumber(1, 1_000_000)
    .default(limits.uploadsPerHour)
    .register(variableFacts, {
      group: "Server",
      about: "Files that one user may send in an hour, such as recordings to import.",
      expected: "a whole number from 1 to 1000000",
      unset: String(limits.uploadsPerHour),
    }),
  VERDICT_HOME: optionalText().register(variableFacts, {
    group: "Data",
    about: "Data folder: embedded database, file storage, generated secrets, logs, fetched tools.",
    expected: "a folder path",
    unset: "`.verdict` in the project",
  }),
  DATABASE_URL: urlOf("postgres", "postgresql").optional().register(variableFacts, {
    group: "Data",
    about:
      "PostgreSQL 15 or newer. In production this is the application role: it owns nothing and cannot bypass row-level security. Behind a pooler in transaction mode it ends with `?pgbouncer=true`: nothing needs a session then, and hints are replaced by polling. With `?host=/folder` the server's Unix socket in that folder is used.",
    expected: "a postgres:// address, for example postgres://verdict_app:secret@db:5432/verdict",
    unset: "`npm start` runs an embedded PostgreSQL in the data folder",
    secret: true,
  }),
  DATABASE_OWNER_URL: urlOf("postgres", "postgresql").optional().register(variableFacts, {
    group: "Data",
    about: "The role that migrates, when it is another than the one of `DATABASE_URL`.",
    expected: "a postgres:// address, for example postgres://verdict_owner:secret@db:5432/verdict",
    unset: "`DATABASE_URL` migrates",
    secret: true,
  }),
  REDIS_URL: urlOf("redis", "rediss").optional().register(variableFacts, {
    group: "Data",
    about: "Redis for hints, rate limits and caches between instances. Never the only copy of anything.",
    expected: "a redis:// or rediss:// address, for example redis://cache:6379",
    unset: "PostgreSQL and the process itself do it",
    secret: true,
  }),
  LOG_RETENTION_DAYS: wholeNumber(1, limits.logDaysMax)
    .default(limits.logDays)
    .register(variableFacts, {
      group: "Data",
      about:
        "How many days the log of an execution is kept. Its verdict, its reason and its files stay; its page says that the log has expired.",
      expected: `a whole number from 1 to ${limits.logDaysMax}`,
      unset: String(limits.logDays),
    }),
  SECRET_KEY: z.string().min(32).optional().register(variableFacts, {
    group: "Data",
    about:
      "Signs tokens and encrypts stored secrets. The same on every instance; losing it loses the stored secrets.",
    expected: "at least 32 random characters, for example from `openssl rand -base64 48`",
    unset: "generated once into `secret-key` in the data folder; refused with `NODE_ENV=production`",
    secret: true,
  }),
  SECRET_KEYS_OTHER: keyList().default([]).register(variableFacts, {
    group: "Data",
    about:
      "Keys beside `SECRET_KEY` that open what they have sealed, and seal nothing: the one of before until `npm run secrets -- rotate` has been run, and before a change the one that comes. See [the runbook](runbook.md#changing-secret_key).",
    expected: "at most 20 keys of at least 32 characters, a line each",
    unset: "there is one key",
    secret: true,
  }),
  S3_ENDPOINT: webUrl().optional().register(variableFacts, {
    group: "Storage",
    about: "Address of an S3-compatible store.",
    expected: "an http or https address, for example http://minio:9000",
    unset: "AWS, when `S3_BUCKET` is set",
  }),
  S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/)
    .optional()
    .register(variableFacts, {
      group: "Storage",
      about: "Bucket for artifacts and uploads. Setting it switches storage to S3.",
      expected: "a bucket name of 3 to 63 lower-case letters, digits, dots and hyphens",
      unset: "files in the data folder",
    }),
  S3_ACCESS_KEY_ID: optionalText().register(variableFacts, {
    group: "Storage",
    about: "Access key of the store.",
    expected: "an access key id",
    unset: "the instance's own identity (AWS only)",
    secret: true,
  }),
  S3_SECRET_ACCESS_KEY: optionalText().register(variableFacts, {
    group: "Storage",
    about: "Secret of the access key.",
    expected: "the secret that belongs to S3_ACCESS_KEY_ID",
    unset: "the instance's own identity (AWS only)",
    secret: true,
  }),
  S3_REGION: optionalText().register(variableFacts, {
    group: "Storage",
    about: "Region of the bucket.",
    expected: "a region name, for example eu-central-1",
    unset: "`us-east-1`",
  }),
  OPENAI_API_KEY: optionalText().register(variableFacts, {
    group: "Model",
    about: "Key of an OpenAI-compatible model. Everything has a way without a model.",
    expected: "an API key",
    unset: "no model, unless `OPENAI_BASE_URL` names one that needs no key",
    secret: true,
  }),
  OPENAI_BASE_URL: webUrl().optional().register(variableFacts, {
    group: "Model",
    about: "Address of an OpenAI-compatible endpoint.",
    expected: "an http or https address, for example http://localhost:11434/v1",
    unset: "OpenAI's own",
  }),
  OPENAI_MODEL: optionalText().register(variableFacts, {
    group: "Model",
    about: "Name of the model.",
    expected: "a model name",
    unset: "`gpt-4o-mini`",
  }),
  ADMIN_EMAIL: z.email().optional().register(variableFacts, {
    group: "First sign-in",
    about: "E-mail address of the first owner, used at the first start only.",
    expected: "an e-mail address, for example admin@example.com",
    unset: "`admin@verdict.local`",
  }),
  ADMIN_PASSWORD: z
    .string()
    .min(limits.passwordCharsMin)
    .max(limits.passwordCharsMax)
    .optional()
    .register(variableFacts, {
      group: "First sign-in",
      about: "Password of the first owner, used at the first start only.",
      expected: `${limits.passwordCharsMin} to ${limits.passwordCharsMax} characters`,
      unset: "generated and printed once",
      secret: true,
    }),
  OIDC_ISSUER: z.string().refine(isIssuer).optional().register(variableFacts, {
    group: "Single sign-on",
    about:
      "OpenID provider with which people sign in beside their password. Register Verdict there as a web application with the redirect address `PUBLIC_URL/api/v1/auth/oidc/callback`.",
    expected:
      "the issuer as the provider names it, an https address without query (http only on this machine), for example https://login.example.com/realms/team",
    unset: "people sign in with their passwords only",
  }),
  OIDC_CLIENT_ID: optionalText().register(variableFacts, {
    group: "Single sign-on",
    about: "Name under which the provider knows Verdict.",
    expected: "a client id",
    unset: "refused when `OIDC_ISSUER` is set",
  }),
  OIDC_CLIENT_SECRET: optionalText().register(variableFacts, {
    group: "Single sign-on",
    about: "Secret of the client at the provider.",
    expected: "the secret that belongs to OIDC_CLIENT_ID",
    unset: "a public client, which PKCE alone protects",
    secret: true,
  }),
  OIDC_NAME: z.string().trim().min(1).max(60).optional().register(variableFacts, {
    group: "Single sign-on",
    about: "What people call the provider: `Sign in with NAME`.",
    expected: "a name of 1 to 60 characters, for example Example Login",
    unset: "the host of `OIDC_ISSUER`",
  }),
  SMTP_URL: urlOf("smtp", "smtps").optional().register(variableFacts, {
    group: "Mail",
    about:
      "Mail server for links to confirm an address or to set a new password, and for notices. It speaks TLS from the start with `smtps://`, or when the server offers it; `?requireTLS=true` insists on it.",
    expected: "an smtp:// or smtps:// address, for example smtp://user:secret@mail:587",
    unset: "no mail is sent; links stand in the worker's log and on the page Mail of administrators",
    secret: true,
  }),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n<>]*<?[^\s@<>]+@[^\s@<>]+>?$/)
    .max(320)
    .optional()
    .register(variableFacts, {
      group: "Mail",
      about: "Sender of mail.",
      expected: "an e-mail address, with a name or without, for example Verdict <verdict@example.com>",
      unset: "`Verdict <verdict@HOST>` with the host of `PUBLIC_URL`",
    }),
  WORKER_CONCURRENCY: wholeNumber(1, 64).default(defaultConcurrency).register(variableFacts, {
    group: "Workers",
    about: "How many executions one worker process runs at once.",
    expected: "a whole number from 1 to 64",
    unset: "the number of cores, at most 8",
  }),
  PUPPETEER_EXECUTABLE_PATH: optionalText().register(variableFacts, {
    group: "Workers",
    about: "The browser to use (Chrome, Chromium or its headless shell).",
    expected: "the path of an executable",
    unset: "an installed one is searched",
  }),
  VERDICT_CHROMIUM_PATH: optionalText().register(variableFacts, {
    group: "Workers",
    about: "A full Chrome or Chromium, for executions with a window.",
    expected: "the path of an executable",
    unset: "that of PUPPETEER_EXECUTABLE_PATH",
  }),
  FIREFOX_PATH: optionalText().register(variableFacts, {
    group: "Workers",
    about: "The Firefox to use.",
    expected: "the path of an executable",
    unset: "an installed one is searched",
  }),
  CHROMIUM_WS_ENDPOINT: urlOf("ws", "wss").optional().register(variableFacts, {
    group: "Workers",
    about:
      "Where a Chromium, or a farm of them, is driven that runs elsewhere. Executions in Chromium go there instead of to an installed one.",
    expected: "a ws:// or wss:// address, for example wss://farm.example?token=…",
    unset: "an installed Chromium",
    secret: true,
  }),
  FIREFOX_WS_ENDPOINT: urlOf("ws", "wss").optional().register(variableFacts, {
    group: "Workers",
    about: "The same for Firefox, whose address speaks WebDriver BiDi.",
    expected: "a ws:// or wss:// address, for example ws://firefox:9222/session",
    unset: "an installed Firefox",
    secret: true,
  }),
  BROWSER_HEADED: z
    .enum(["0", "1", "false", "true"])
    .default("0")
    .transform((text) => text === "1" || text === "true")
    .register(variableFacts, {
      group: "Workers",
      about:
        "Whether installed browsers have a window, on the display that DISPLAY or WAYLAND_DISPLAY names. Chromium is then the one that VERDICT_CHROMIUM_PATH names.",
      expected: "0 or 1",
      unset: "0",
    }),
  EGRESS: z
    .enum(egressModes)
    .optional()
    .register(variableFacts, {
      group: "Workers",
      about:
        "Where browsers and requests of tests may go. `deny-private`: to public addresses and to what an administrator allows a project, all of it by Verdict's own proxy. `open`: everywhere, save to the metadata of clouds.",
      expected: `one of ${egressModes.join(", ")}`,
      unset: "`deny-private` with `NODE_ENV=production`, else `open`",
    }),
  BROWSER_MEMORY_MB: wholeNumber(0, 65_536).default(256).register(variableFacts, {
    group: "Workers",
    about:
      "Memory that one execution's browser needs. A worker claims no execution while less than this is free, by the limit of its container or by the machine.",
    expected: "a whole number of megabytes from 0 (memory is not looked at) to 65536, for example 256",
    unset: "256",
  }),
  DEMO: z
    .enum(["0", "1", "false", "true"])
    .default("1")
    .transform((text) => text === "1" || text === "true")
    .register(variableFacts, {
      group: "Operation",
      about: "Whether the first `npm start` makes a demo site and suite, and runs it.",
      expected: "0 or 1",
      unset: "1",
    }),
  LOG_LEVEL: z
    .enum(logLevels)
    .default("info")
    .register(variableFacts, {
      group: "Operation",
      about: "Least severe log line that is written.",
      expected: `one of ${logLevels.join(", ")}`,
      unset: "info",
    }),
  METRICS_TOKEN: z.string().min(16).optional().register(variableFacts, {
    group: "Operation",
    about: "Bearer token that a scraper of `/metrics` must send.",
    expected: "at least 16 characters",
    unset: "`/metrics` answers only on the loopback address",
    secret: true,
  }),
  METRICS_PORT: wholeNumber(1, 65_535).optional().register(variableFacts, {
    group: "Operation",
    about: "Port on which a worker answers `/metrics` and `/health/live`; the API answers them on `PORT`.",
    expected: "a whole number from 1 to 65535, for example 9464",
    unset: "workers answer no HTTP",
  }),
  NODE_ENV: z.enum(["development", "production", "test"]).default("development").register(variableFacts, {
    group: "Operation",
    about: "`production` insists on what a real installation needs.",
    expected: "development, production or test",
    unset: "development",
  }),
});

export type Environment = z.output<typeof environmentSchema>;
export type VariableName = keyof Environment;

/** Names in the order of the schema. */
export const variableNames = Object.keys(environmentSchema.shape) as VariableName[];

/** @throws when a variable was added without its facts (a programming mistake, caught by the tests). */
export function factsOf(name: VariableName): VariableFacts {
  const facts = variableFacts.get(environmentSchema.shape[name]);
  if (facts === undefined) throw new Error(`${name} has no entry in variableFacts`);
  return facts;
}

import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { EgressMode } from "../db/domain/egress.ts";
import type { BrowserName } from "../db/domain/steps/definition.ts";
import {
  type Environment,
  environmentSchema,
  factsOf,
  type VariableName,
  variableNames,
} from "./environment.ts";
import {
  type Problem,
  type RawEnvironment,
  requireWholeSignOn,
  type SignOnConfig,
  signOnConfig,
} from "./sign-on-config.ts";

/** The project's own folder: the one that holds package.json. */
export const projectRoot = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

/** Everything a process needs to know, parsed once. Plain data: tests pass literals. */
export type Config = {
  nodeEnv: "development" | "production" | "test";
  /** 0 = any free port. */
  port: number;
  /** Without a slash at the end. */
  publicUrl: string;
  /** Addresses or CIDR ranges. */
  trustedProxies: string[];
  /** Absolute path of the data folder. */
  home: string;
  /** null = the embedded PostgreSQL of `npm start`. */
  databaseUrl: string | null;
  /** The migrating role's address; null = the same as databaseUrl. */
  databaseOwnerUrl: string | null;
  redisUrl: string | null;
  /** How often a principal may do something, in the window of each limit. */
  limits: { "sign-in": number; api: number; uploads: number };
  secretKey: string;
  /** Keys that open what they have sealed, and seal nothing. */
  secretKeysOther: string[];
  /** null = files below `home`. */
  s3: S3Config | null;
  /** null = no model: the offline ways are used. */
  openai: { apiKey: string | null; baseUrl: string | null; model: string } | null;
  admin: { email: string; password: string | null };
  /** null = people sign in with passwords only. */
  signOn: SignOnConfig | null;
  smtpUrl: string | null;
  /** The sender of mail. */
  mailFrom: string;
  /** Executions at once in one worker process. */
  workerConcurrency: number;
  /** Where attempts may go. */
  egress: EgressMode;
  browsers: Record<BrowserName, { path: string | null; endpoint: string | null }>;
  /** Whether browsers of this machine have a window. */
  isHeaded: boolean;
  /** How long the logs of executions are kept. */
  logDays: number;
  /** No execution is claimed while less is free. */
  browserMemoryMegabytes: number;
  demo: boolean;
  logLevel: Environment["LOG_LEVEL"];
  metricsToken: string | null;
  /** Of a worker; null = it answers no HTTP. */
  metricsPort: number | null;
};

export type S3Config = {
  /** null = AWS. */
  endpoint: string | null;
  bucket: string;
  region: string;
  /** null = the instance's own identity. */
  credentials: { accessKeyId: string; secretAccessKey: string } | null;
};

/** The environment is wrong. The message names every variable at fault and what would be right. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  ${problem.message}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/**
 * Reads the environment once. On an install without SECRET_KEY one is generated into the data folder.
 * @throws ConfigError naming each wrong variable
 */
export function loadConfig(env: RawEnvironment = process.env): Config {
  const config = parseConfig(env);
  return { ...config, secretKey: config.secretKey ?? rememberedSecretKey(config.home) };
}

/**
 * The pure part of `loadConfig`: nothing is written, and an unset SECRET_KEY stays null.
 * @throws ConfigError naming each wrong variable
 */
export function parseConfig(env: RawEnvironment): Omit<Config, "secretKey"> & { secretKey: string | null } {
  const problems: Problem[] = [];
  const raw: RawEnvironment = {};
  for (const name of variableNames) raw[name] = readVariable(env, name, problems);
  const parsed = environmentSchema.safeParse(raw);
  if (!parsed.success) {
    const wrong = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
    for (const name of variableNames.filter((candidate) => wrong.has(candidate))) {
      problems.push({ variable: name, message: wrongValue(name, raw[name]) });
    }
  }
  const s3 = s3Config(raw, problems);
  requireWholeSignOn(raw, problems);
  if (raw.NODE_ENV === "production" && raw.SECRET_KEY === undefined) {
    problems.push({
      variable: "SECRET_KEY",
      message: `SECRET_KEY is unset, which NODE_ENV=production does not allow: expected ${factsOf("SECRET_KEY").expected}`,
    });
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const config = toConfig(parsed.data, s3);
  refuseUnheldBrowsers(config);
  return config;
}

/** What a browser elsewhere reaches is up to its own network: silently open would not be what was asked for. */
function refuseUnheldBrowsers({ browsers, egress }: ReturnType<typeof toConfig>): void {
  if (egress !== "deny-private") return;
  const names = { chromium: "CHROMIUM_WS_ENDPOINT", firefox: "FIREFOX_WS_ENDPOINT" } as const;
  const wrong = (["chromium", "firefox"] as const).filter((name) => browsers[name].endpoint !== null);
  if (wrong.length === 0) return;
  throw new ConfigError(
    wrong.map((name) => ({
      variable: names[name],
      message: `${names[name]} is set while EGRESS is "deny-private", which can't hold a browser that runs elsewhere: expected EGRESS=open, with its network held where it runs, or a browser of this machine`,
    })),
  );
}

function toConfig(values: Environment, s3: S3Config | null): ReturnType<typeof parseConfig> {
  const hasModel = values.OPENAI_API_KEY !== undefined || values.OPENAI_BASE_URL !== undefined;
  const publicUrl = values.PUBLIC_URL ?? `http://localhost:${values.PORT}`;
  return {
    nodeEnv: values.NODE_ENV,
    port: values.PORT,
    publicUrl,
    trustedProxies: values.TRUSTED_PROXIES,
    home: resolve(projectRoot, values.VERDICT_HOME ?? ".verdict"),
    databaseUrl: values.DATABASE_URL ?? null,
    databaseOwnerUrl: values.DATABASE_OWNER_URL ?? null,
    redisUrl: values.REDIS_URL ?? null,
    limits: {
      "sign-in": values.SIGN_IN_PER_MINUTE,
      api: values.API_PER_MINUTE,
      uploads: values.UPLOADS_PER_HOUR,
    },
    secretKey: values.SECRET_KEY ?? null,
    secretKeysOther: values.SECRET_KEYS_OTHER,
    s3,
    openai: hasModel
      ? {
          apiKey: values.OPENAI_API_KEY ?? null,
          baseUrl: values.OPENAI_BASE_URL ?? null,
          model: values.OPENAI_MODEL ?? "gpt-4o-mini",
        }
      : null,
    admin: { email: values.ADMIN_EMAIL ?? "admin@verdict.local", password: values.ADMIN_PASSWORD ?? null },
    signOn: signOnConfig(values),
    smtpUrl: values.SMTP_URL ?? null,
    mailFrom: values.MAIL_FROM ?? `Verdict <verdict@${new URL(publicUrl).hostname}>`,
    workerConcurrency: values.WORKER_CONCURRENCY,
    browsers: {
      chromium: {
        // The headless shell has no window.
        path:
          (values.BROWSER_HEADED ? values.VERDICT_CHROMIUM_PATH : null) ??
          values.PUPPETEER_EXECUTABLE_PATH ??
          null,
        endpoint: values.CHROMIUM_WS_ENDPOINT ?? null,
      },
      firefox: { path: values.FIREFOX_PATH ?? null, endpoint: values.FIREFOX_WS_ENDPOINT ?? null },
    },
    egress: values.EGRESS ?? (values.NODE_ENV === "production" ? "deny-private" : "open"),
    isHeaded: values.BROWSER_HEADED,
    logDays: values.LOG_RETENTION_DAYS,
    browserMemoryMegabytes: values.BROWSER_MEMORY_MB,
    demo: values.DEMO,
    logLevel: values.LOG_LEVEL,
    metricsToken: values.METRICS_TOKEN ?? null,
    metricsPort: values.METRICS_PORT ?? null,
  };
}

/** NAME, or for secrets the content of the file NAME_FILE. Empty means unset, as compose files pass it. */
function readVariable(env: RawEnvironment, name: VariableName, problems: Problem[]): string | undefined {
  const direct = env[name] === "" ? undefined : env[name];
  if (!factsOf(name).secret) return direct;
  const file = env[`${name}_FILE`];
  if (file === undefined || file === "") return direct;
  if (direct !== undefined) {
    problems.push({
      variable: name,
      message: `${name} and ${name}_FILE are both set: expected only one of them`,
    });
    return direct;
  }
  try {
    const content = readFileSync(file, "utf8").trim();
    if (content !== "") return content;
    problems.push({
      variable: `${name}_FILE`,
      message: `${name}_FILE is "${file}", which is empty: expected ${factsOf(name).expected} in it`,
    });
  } catch (error) {
    problems.push({
      variable: `${name}_FILE`,
      message: `${name}_FILE is "${file}", which cannot be read (${errorCode(error)}): expected the path of a readable file`,
    });
  }
  return undefined;
}

function wrongValue(name: VariableName, value: string | undefined): string {
  const facts = factsOf(name);
  const shown = facts.secret ? "has a wrong value (not shown, it is a secret)" : `is "${value ?? ""}"`;
  return `${name} ${shown}: expected ${facts.expected}`;
}

/** Half a configuration would silently store files elsewhere than meant, so it is refused. */
function s3Config(raw: RawEnvironment, problems: Problem[]): S3Config | null {
  const names = [
    "S3_ENDPOINT",
    "S3_BUCKET",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
    "S3_REGION",
  ] as const;
  const given = names.filter((name) => raw[name] !== undefined);
  const first = given[0];
  if (first === undefined) return null;
  const missing = new Set<VariableName>();
  if (raw.S3_BUCKET === undefined) missing.add("S3_BUCKET");
  const needsKeys =
    raw.S3_ENDPOINT !== undefined ||
    raw.S3_ACCESS_KEY_ID !== undefined ||
    raw.S3_SECRET_ACCESS_KEY !== undefined;
  if (needsKeys && raw.S3_ACCESS_KEY_ID === undefined) missing.add("S3_ACCESS_KEY_ID");
  if (needsKeys && raw.S3_SECRET_ACCESS_KEY === undefined) missing.add("S3_SECRET_ACCESS_KEY");
  for (const name of missing) {
    problems.push({
      variable: name,
      message: `${name} is unset while ${first} is set: expected ${factsOf(name).expected}, or no S3_ variable at all for file storage`,
    });
  }
  return {
    endpoint: raw.S3_ENDPOINT?.replace(/\/+$/, "") ?? null,
    bucket: raw.S3_BUCKET ?? "",
    region: raw.S3_REGION ?? "us-east-1",
    credentials: needsKeys
      ? { accessKeyId: raw.S3_ACCESS_KEY_ID ?? "", secretAccessKey: raw.S3_SECRET_ACCESS_KEY ?? "" }
      : null,
  };
}

/** Reads or makes VERDICT_HOME/secret-key. Two processes at once agree on one key: link() has one winner. */
function rememberedSecretKey(home: string): string {
  const file = join(home, "secret-key");
  const known = readIfThere(file);
  if (known !== null) return checkedKey(known, file);
  mkdirSync(home, { recursive: true });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, `${randomBytes(48).toString("base64url")}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return checkedKey(readIfThere(file) ?? "", file);
}

function checkedKey(content: string, file: string): string {
  const key = content.trim();
  if (key.length >= 32) return key;
  throw new ConfigError([
    {
      variable: "SECRET_KEY",
      message: `SECRET_KEY is unset and the generated one in "${file}" is damaged: restore that file from a backup, or remove it to get a new key (stored secrets then have to be entered again)`,
    },
  ]);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

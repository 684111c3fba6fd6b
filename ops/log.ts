import { type DestinationStream, type Logger, pino } from "pino";
import type { Config } from "./config.ts";

export type { Logger } from "pino";

/** Fields that hold secrets, wherever they turn up at the first levels of a line. */
const secretFields = [
  "password",
  "newPassword",
  "currentPassword",
  "token",
  "accessToken",
  "refreshToken",
  "ticket",
  "secret",
  "secretKey",
  "secretKeysOther",
  "apiKey",
  "authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "databaseUrl",
  "redisUrl",
  "smtpUrl",
  "secretAccessKey",
  "recoveryCodes",
];

const redactedPaths = secretFields.flatMap((field) => {
  const name = field.includes("-") ? `["${field}"]` : field;
  const below = (parent: string) => (name.startsWith("[") ? `${parent}${name}` : `${parent}.${name}`);
  return [name, below("*"), below("*.*")];
});

/**
 * The process's logger: one JSON line per event on stderr, secrets replaced. Hand it down from `main.ts`; others
 * receive it and never make their own.
 */
export function createLogger(
  config: Pick<Config, "logLevel">,
  name: string,
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      name,
      level: config.logLevel,
      redact: { paths: redactedPaths, censor: "[secret]" },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: errorFields, err: errorFields },
    },
    destination,
  );
}

type ErrorFields = { type: string; message: string; code?: string; stack?: string; cause?: ErrorFields };

const passwordInAddress = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi;

/** Errors as fields, with their causes, and without the password of an address that a driver put into the text. */
function errorFields(error: unknown, depth = 0): ErrorFields | unknown {
  if (!(error instanceof Error)) return error;
  const clean = (text: string) => text.replace(passwordInAddress, "$1:[secret]@");
  return {
    type: error.name,
    message: clean(error.message),
    ...("code" in error ? { code: String(error.code) } : {}),
    ...(error.stack === undefined ? {} : { stack: clean(error.stack) }),
    ...(error.cause instanceof Error && depth < 4 ? { cause: errorFields(error.cause, depth + 1) } : {}),
  };
}

import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { AppError, type ErrorCode, type FieldError } from "../db/domain/errors.ts";
import type { AppContext, AppDeps } from "./deps.ts";

/** Every code with its status and title; a code without an entry does not compile. */
export const problems = {
  "invalid-input": { status: 422, title: "Invalid input" },
  unauthenticated: { status: 401, title: "Not signed in" },
  "invalid-credentials": { status: 401, title: "Wrong credentials" },
  "totp-required": { status: 401, title: "One-time code needed" },
  "confirmation-required": { status: 403, title: "Password needed once more" },
  forbidden: { status: 403, title: "Not allowed" },
  "origin-refused": { status: 403, title: "Refused origin" },
  "not-found": { status: 404, title: "Not found" },
  conflict: { status: 409, title: "Conflict" },
  "idempotency-conflict": { status: 409, title: "Idempotency key in use" },
  "idempotency-mismatch": { status: 422, title: "Idempotency key of another request" },
  "precondition-failed": { status: 412, title: "Changed meanwhile" },
  "too-large": { status: 413, title: "Too large" },
  "unsupported-media-type": { status: 415, title: "Unsupported content type" },
  "rate-limited": { status: 429, title: "Too many requests" },
  unavailable: { status: 503, title: "Not available now" },
  internal: { status: 500, title: "Internal error" },
} as const satisfies Record<ErrorCode, { status: ContentfulStatusCode; title: string }>;

/** The body of an error, as RFC 9457 has it, with our stable `code`. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  errors?: readonly FieldError[];
  requestId: string;
};

/** Anything thrown as an error that may be shown. What was not meant for the caller becomes `internal` without its text. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof HTTPException) return ofStatus(error);
  if (isPassing(error)) {
    return new AppError(
      "unavailable",
      "the database or the storage can't be reached now, or is too busy; try again in a moment",
      {
        cause: error,
        retryAfterSeconds: 2,
      },
    );
  }
  return new AppError("internal", "something went wrong on our side", { cause: error });
}

/** The answer to an error: problem+json for programs, a page for people. */
export function answerError(c: AppContext, thrown: unknown, deps: AppDeps): Response | Promise<Response> {
  const error = asAppError(thrown);
  const { status, title } = problems[error.code];
  const requestId = c.get("requestId") ?? "";
  if (error.retryAfterSeconds !== undefined) c.header("Retry-After", String(error.retryAfterSeconds));
  if (wantsPage(c)) {
    if (deps.errorPage) return deps.errorPage(c, { status, title, detail: error.message, requestId });
    return c.text(`${title}: ${error.message}`, status);
  }
  if (status === 401) c.header("WWW-Authenticate", 'Bearer realm="verdict"');
  return problemResponse(c, error, requestId);
}

function problemResponse(c: AppContext, error: AppError, requestId: string): Response {
  const { status, title } = problems[error.code];
  const body: Problem = {
    type: `urn:verdict:problem:${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
    requestId,
  };
  return c.body(JSON.stringify(body), status, {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
  });
}

/** Programs speak to these paths; every other one is a page. */
export function isProgramPath(path: string): boolean {
  return path === "/ws" || /^\/(api|health|metrics|static)(\/|$)/.test(path);
}

function wantsPage(c: AppContext): boolean {
  return !isProgramPath(c.req.path);
}

function ofStatus(error: HTTPException): AppError {
  const known = (Object.keys(problems) as ErrorCode[]).find((code) => problems[code].status === error.status);
  return known && error.status < 500
    ? new AppError(known, problems[known].title.toLowerCase(), { cause: error })
    : new AppError("internal", "something went wrong on our side", { cause: error });
}

const passing = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "CONNECT_TIMEOUT",
  "QUERY_TIMEOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  // PostgreSQL: shutting down, crashed, starting, too many clients.
  "57P01",
  "57P02",
  "57P03",
  "53300",
  // Too long, for a lock or altogether; ended so that others can go on; idle for too long in a transaction.
  "57014",
  "55P03",
  "40P01",
  "40001",
  "25P03",
]);

/** Whether a driver says, anywhere in the chain of causes, that it has no connection or the server no time. */
function isPassing(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if ("code" in current && passing.has(String(current.code))) return true;
    current = current.cause;
  }
  return false;
}

/** One thing wrong with an input: where (`steps.2.target`), and what would be right. */
export type FieldError = { path: string; message: string };

export type ErrorCode =
  | "invalid-input"
  | "unauthenticated"
  | "invalid-credentials"
  | "totp-required"
  | "confirmation-required"
  | "forbidden"
  | "origin-refused"
  | "not-found"
  | "conflict"
  | "idempotency-conflict"
  | "idempotency-mismatch"
  | "precondition-failed"
  | "too-large"
  | "unsupported-media-type"
  | "rate-limited"
  | "unavailable"
  | "internal";

/**
 * The only error thrown on purpose. `publicMessage` is shown to the caller as it is; what must stay inside goes into
 * `cause`. `api/errors.ts` maps the code to a status.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    publicMessage: string,
    options: { cause?: unknown; errors?: readonly FieldError[]; retryAfterSeconds?: number } = {},
  ) {
    super(publicMessage, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Another tenant's row and a row that does not exist answer the same. */
export function notFound(what: string): AppError {
  return new AppError("not-found", `${what} not found`);
}

export function invalidInput(errors: readonly FieldError[]): AppError {
  const first = errors[0];
  return new AppError("invalid-input", first ? `${first.path}: ${first.message}` : "invalid input", {
    errors,
  });
}

/** The message of anything thrown, for a log line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

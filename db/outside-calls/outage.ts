import { TaskCancelledError } from "cockatiel";

/** Thrown by who calls: it answered, and the answer can't be true. Counts as an outage. */
export class OutsideFault extends Error {}

/** Of the network and of a disk that is full or broken; a wrong path or missing right stays what it is. */
const outageCodes =
  /^(ECONN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_|ERR_SSL|ERR_TLS|ERR_STREAM_PREMATURE|HPE_|UND_ERR_|EIO$|ENOSPC$|EDQUOT$|ESTALE$|EMFILE$|ENFILE$|EBUSY$)/;
const outageNames = new Set(["TimeoutError", "MaxRetriesPerRequestError"]);
/** ioredis and the rate limiter say these without a code. */
const outageTexts =
  /^(Connection is closed|Redis connection is not ready|Stream isn't writeable|Command timed out)/;
/** Client errors that are about the moment and not about the request. */
const passingStatuses = [408, 425, 429];

/**
 * Whether the other side was away, overloaded or broken, so that the same may work later, and not our request wrong. Looks
 * into causes, five deep.
 */
export function isOutage(error: unknown): boolean {
  if (error instanceof TaskCancelledError || error instanceof OutsideFault) return true;
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    const status = statusOf(current);
    if (status !== null) return status < 400 || status >= 500 || passingStatuses.includes(status);
    if (outageCodes.test(codeOf(current) ?? "")) return true;
    if (outageNames.has(current.name) || outageTexts.test(current.message)) return true;
  }
  return false;
}

/** What may be said of it in public: a code or a status, never an address. */
export function kindOf(error: unknown): string | null {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    const status = statusOf(current);
    if (status !== null && status >= 400) return `status ${status}`;
    const code = codeOf(current);
    if (code !== null && /^[A-Z0-9_]{2,40}$/.test(code)) return code;
  }
  return null;
}

function codeOf(error: Error): string | null {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : null;
}

function statusOf(error: Error): number | null {
  const { $metadata, status, statusCode } = error as {
    $metadata?: { httpStatusCode?: unknown };
    status?: unknown;
    statusCode?: unknown;
  };
  const known = $metadata?.httpStatusCode ?? status ?? statusCode;
  return typeof known === "number" ? known : null;
}

import { fetch, type Response } from "undici";
import type { StepOf } from "../../db/domain/steps/index.ts";
import { resolveHttpAddress } from "./address.ts";
import type { Deadline } from "./deadline.ts";
import { StepFailure } from "./failure.ts";
import type { HttpWay } from "./http-way.ts";

const bodyBytesMax = 1_000_000;
const redirectsMax = 10;
/** Not carried to another origin than the one they were written for. */
const credentialHeaders = ["authorization", "cookie", "proxy-authorization"];

export type HttpAnswer = { url: string; status: number; headers: Headers; body: string };
type Request = { url: URL; method: string; headers: Headers; body: string | null };

/**
 * Sends the request of a step from the worker, following redirects over http and https only.
 * @throws StepFailure `request-failed`, `too-large`, `address-refused`, `timeout`.
 */
export async function send(
  step: StepOf<"request">,
  baseUrl: string | null,
  way: HttpWay,
  deadline: Deadline,
): Promise<HttpAnswer> {
  let request = firstRequest(step, resolveHttpAddress(step.url, baseUrl));
  // Ends the exchange when the attempt or the step ends, whatever it is doing then.
  const over = AbortSignal.any([deadline.signal, AbortSignal.timeout(Math.ceil(deadline.remainingMs()))]);
  for (let redirects = 0; ; redirects++) {
    const response = await exchange(request, way, over, deadline);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) {
      return {
        url: request.url.href,
        status: response.status,
        headers: new Headers([...response.headers]),
        body: await readBody(response, request, deadline),
      };
    }
    await response.body?.cancel();
    if (redirects >= redirectsMax) {
      throw new StepFailure("request-failed", `${step.url} redirects more than ${redirectsMax} times`);
    }
    // Headers are bytes; in this one they mean UTF-8, as browsers take it.
    const next = Buffer.from(location, "latin1").toString("utf8");
    request = redirected(request, response.status, resolveHttpAddress(next, request.url.href));
  }
}

function firstRequest(step: StepOf<"request">, url: URL): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(step.headers ?? {})) {
    try {
      headers.set(name, value);
    } catch {
      throw new StepFailure("invalid-header", `the header "${name}" is not one that HTTP allows`);
    }
  }
  if (step.json !== undefined && !headers.has("content-type"))
    headers.set("content-type", "application/json");
  const body = step.json === undefined ? (step.body ?? null) : JSON.stringify(step.json);
  if (body !== null && (step.method === "GET" || step.method === "HEAD")) {
    throw new StepFailure("invalid-request", `a ${step.method} request has no body; use POST, PUT or PATCH`);
  }
  return { url, method: step.method, headers, body };
}

function redirected(request: Request, status: number, url: URL): Request {
  const headers = new Headers(request.headers);
  if (url.origin !== request.url.origin) for (const name of credentialHeaders) headers.delete(name);
  const becomesGet =
    (status === 303 && request.method !== "HEAD") ||
    ((status === 301 || status === 302) && request.method === "POST");
  if (!becomesGet) return { ...request, url, headers };
  headers.delete("content-type");
  return { url, method: "GET", headers, body: null };
}

async function exchange(
  request: Request,
  way: HttpWay,
  signal: AbortSignal,
  deadline: Deadline,
): Promise<Response> {
  try {
    return await fetch(request.url, {
      method: request.method,
      headers: [...request.headers],
      body: request.body,
      redirect: "manual",
      dispatcher: way.dispatcher,
      signal,
    });
  } catch (error) {
    throw broken(request, error, deadline);
  }
}

async function readBody(response: Response, request: Request, deadline: Deadline): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > bodyBytesMax) {
        throw new StepFailure(
          "too-large",
          `${request.url.href} answered with more than ${bodyBytesMax} bytes`,
        );
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof StepFailure ? error : broken(request, error, deadline);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function broken(request: Request, error: unknown, deadline: Deadline): unknown {
  if (deadline.signal.aborted) return deadline.signal.reason;
  const { method, url } = request;
  if (deadline.isOver || (error instanceof Error && error.name === "TimeoutError")) {
    return new StepFailure(
      "timeout",
      `${method} ${url.href} was not answered within ${deadline.timeoutMs} ms`,
    );
  }
  const what = `${method} ${url.href} failed`;
  const cause = causeOf(error);
  const wanted = { url: url.href, what };
  return new StepFailure("request-failed", `${what}: ${reasonOf(cause)}`, null, { cause: error, wanted });
}

const reasons: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "the name of the host is not known",
  EAI_AGAIN: "the name of the host could not be looked up",
  ECONNRESET: "the connection was reset",
  UND_ERR_SOCKET: "the connection was closed",
};

/** fetch hides what happened in its cause. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = (cause as NodeJS.ErrnoException).code;
  return (code && reasons[code]) ?? cause.message;
}

import type { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";
import { AppError, type ErrorCode, notFound } from "../../db/domain/errors.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import type { Answer } from "../../db/services/idempotency.ts";
import type { AppContext, AppDeps, AppEnv } from "../deps.ts";
import { requireCtx } from "../middleware/identity.ts";
import { readJson } from "./json.ts";
import { type Once, type OnceMode, requestKeyOf } from "./once.ts";

export const tags = [
  "Auth",
  "Account",
  "Organizations",
  "Projects",
  "Test cases",
  "Test suites",
  "Groups",
  "Schedules",
  "Runs",
  "Executions",
  "Baselines",
  "Jobs",
  "Live",
  "Platform",
  "Installation",
] as const;

/** What an endpoint takes and gives. The same schemas check the request and make the OpenAPI document. */
export type EndpointSpec<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> = {
  /** The operationId: a verb and what it is about. */
  id: string;
  method: "get" | "post" | "put" | "patch" | "delete";
  /** Below `/api/v1`, as in OpenAPI: `/runs/{id}`. */
  path: string;
  tag: (typeof tags)[number];
  summary: string;
  description?: string;
  params?: P;
  query?: Q;
  body?: B;
  /** A request without a body is read as `{}`. */
  isBodyOptional?: boolean;
  bodyExample?: unknown;
  status: 200 | 201 | 202 | 204 | 303;
  result?: R;
  /** The content type of an answer that is not JSON. */
  resultType?: string;
  /** What an `Idempotency-Key` means to it; default: `whole`. Of POST only. */
  once?: OnceMode;
  /** What it can answer beside what every endpoint can. */
  errors?: readonly ErrorCode[];
};

export type EndpointInput<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = {
  c: AppContext;
  /** Reading it demands that the caller has signed in. */
  readonly ctx: Ctx;
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
};

/** Where endpoints are put: the router below `/api/v1`, and the list that becomes the document. */
export type Api = { router: Hono<AppEnv>; deps: AppDeps; endpoints: EndpointSpec[]; once: Once };

const nothing = z.strictObject({});
type Nothing = typeof nothing;

/**
 * Adds an endpoint. Its handler is given parsed input only, and returns the row to answer with, or a Response of its own.
 * Input is checked strictly: what is not in a schema is refused, also where there is no schema.
 */
export function endpoint<
  R extends z.ZodType,
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = Nothing,
>(
  api: Api,
  spec: EndpointSpec<P, Q, B, R>,
  handle: (input: EndpointInput<P, Q, B>) => Promise<z.output<R> | Response | undefined>,
): void {
  api.endpoints.push(spec);
  const path = spec.path.replaceAll(/\{(\w+)\}/g, ":$1");
  api.router.on(spec.method.toUpperCase(), path, async (c) => {
    const { once = "whole" } = spec;
    const key = spec.method === "post" && once !== "never" ? await requestKeyOf(c) : null;
    const input = {
      c,
      params: readParams(c, spec.params) as z.output<P>,
      query: parseInput(spec.query ?? nothing, readQuery(c)) as z.output<Q>,
      body: (await readBody(c, spec)) as z.output<B>,
    };
    if (key === null || once === "never") {
      const answer = await handle({
        ...input,
        get ctx() {
          return requireCtx(c);
        },
      });
      return answer instanceof Response ? answer : respond(c, answerOf(c, spec, answer));
    }
    const work = async (ctx: Ctx) => answerOf(c, spec, await handle({ ...input, ctx }));
    const { isRepeated, ...answer } = await api.once.answer(requireCtx(c), key, once, work);
    if (isRepeated) c.header("Idempotent-Replayed", "true");
    return respond(c, answer);
  });
}

/** Of what a handler has said beside the row: where it is, and its version. */
const keptHeaders = ["Location", "ETag"];

function answerOf(c: AppContext, spec: EndpointSpec, row: unknown): Answer {
  if (row instanceof Response) throw new Error(`${spec.id} answers with a Response, which can't be kept`);
  const named = keptHeaders.map((name) => [name, c.res.headers.get(name)] as const);
  const headers = Object.fromEntries(named.filter((entry): entry is [string, string] => entry[1] !== null));
  const isEmpty = spec.status === 204 || row === undefined;
  return { status: isEmpty ? 204 : spec.status, body: isEmpty ? null : row, headers };
}

function respond(c: AppContext, { status, body, headers }: Answer): Response {
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
  if (status === 204) return c.body(null, 204);
  return c.json(body as object, status as ContentfulStatusCode);
}

/** An address that no row can have is an address where nothing is. */
function readParams(c: AppContext, schema: z.ZodType | undefined): unknown {
  if (!schema) return {};
  const parsed = schema.safeParse(c.req.param());
  if (!parsed.success) throw notFound("what this address names was");
  return parsed.data;
}

/** A name given twice stays a list, which no schema takes. */
function readQuery(c: AppContext): Record<string, unknown> {
  const all = Object.entries(c.req.queries());
  for (const [name, values] of all) {
    if (values.some((value) => value.includes("\0"))) {
      throw new AppError("invalid-input", `${name}: must not contain the character U+0000`, {
        errors: [{ path: name, message: "must not contain the character U+0000" }],
      });
    }
  }
  return Object.fromEntries(all.map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

async function readBody(c: AppContext, spec: EndpointSpec): Promise<unknown> {
  if (c.req.method === "GET" || c.req.method === "HEAD") return {};
  const isOptional = spec.body === undefined || spec.isBodyOptional === true;
  return parseInput(spec.body ?? nothing, await readJson(c, isOptional));
}

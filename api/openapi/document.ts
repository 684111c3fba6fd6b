import { z } from "zod";
import type { ErrorCode } from "../../db/domain/errors.ts";
import { type Problem, problems } from "../errors.ts";
import { publicPaths } from "../middleware/identity.ts";
import { type EndpointSpec, tags } from "../routes/endpoint.ts";
import { componentsOf, type JsonSchema } from "./schemas.ts";

const jsonPrefix = "/api/v1";
const alwaysPossible: readonly ErrorCode[] = ["invalid-input", "internal", "unavailable"];
const behindSignIn: readonly ErrorCode[] = ["unauthenticated", "rate-limited"];

const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(problems) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string(),
    errors: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: "For invalid input: each fault with the path of its field" }),
    requestId: z.string(),
  })
  .meta({
    id: "Problem",
    examples: [
      {
        type: "urn:verdict:problem:invalid-input",
        title: "Invalid input",
        status: 422,
        code: "invalid-input",
        detail: "name: must not be empty",
        errors: [{ path: "name", message: "must not be empty" }],
        requestId: "019a2b7c-3c1f-7cc3-98c4-dc0c0c07398f",
      } satisfies Problem,
    ],
  });

export type OpenApiDocument = {
  openapi: string;
  paths: Record<string, Record<string, JsonSchema>>;
  components: { schemas: Record<string, JsonSchema> } & Record<string, unknown>;
} & Record<string, unknown>;

type Facts = { publicUrl: string; version: string };

/** The OpenAPI 3.1 document of the endpoints, from the very schemas that check their requests. */
export function openApiDocument(endpoints: readonly EndpointSpec[], facts: Facts): OpenApiDocument {
  const schemas = componentsOf(
    [
      ...endpoints.flatMap((spec) => [
        { key: `${spec.id}.params`, schema: spec.params, io: "input" as const },
        { key: `${spec.id}.query`, schema: spec.query, io: "input" as const },
        { key: `${spec.id}.body`, schema: spec.body, io: "input" as const },
        { key: `${spec.id}.result`, schema: spec.result, io: "output" as const },
      ]),
      { key: "problem", schema: problemSchema, io: "output" as const },
    ].flatMap(({ key, schema, io }) => (schema ? [{ key, schema, io }] : [])),
  );
  const paths: OpenApiDocument["paths"] = {};
  for (const spec of endpoints) {
    const path = `${jsonPrefix}${spec.path}`;
    paths[path] = { ...paths[path], [spec.method]: operation(spec, path, schemas.of) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Verdict",
      version: facts.version,
      description: about,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: facts.publicUrl }],
    tags: tags.map((name) => ({ name })),
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
      schemas: schemas.components,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: facts.publicUrl.startsWith("https:") ? "__Host-verdict_session" : "verdict_session",
          description: "The dashboard's cookie. Requests that change something must come from its own pages.",
        },
      },
    },
  };
}

const about = [
  "Ids are UUIDv7, times ISO 8601 in UTC. Lists are pages: `limit`, `cursor`, and `nextCursor` in the answer.",
  "Errors are `application/problem+json` with a stable `code`. Unknown fields are refused with 422, the id of another",
  "organization's row with 404. `202` says that a job was made.",
  "\n\nWith `Idempotency-Key` a POST can be repeated: for 24 hours the same request is answered with the stored answer",
  "and `Idempotent-Replayed: true`. What is done and its answer are kept together or not at all; a refused request leaves its",
  "key free. While the first request is under way others wait, and after 3 seconds are answered 409 with `Retry-After`; the key",
  "of another request is answered 422.",
  "\n\nEach user may make 100 requests a minute; `RateLimit-*` headers say what is left, `Retry-After` on 429 how long to wait.",
].join(" ");

type SchemaOf = (key: string) => JsonSchema | null;

function operation(spec: EndpointSpec, path: string, schemaOf: SchemaOf): JsonSchema {
  const isPublic = publicPaths.has(path);
  const body = schemaOf(`${spec.id}.body`);
  return {
    operationId: spec.id,
    tags: [spec.tag],
    summary: spec.summary,
    ...(spec.description ? { description: spec.description } : {}),
    ...(isPublic ? { security: [] } : {}),
    parameters: [
      ...parameters("path", schemaOf(`${spec.id}.params`)),
      ...parameters("query", schemaOf(`${spec.id}.query`)),
      ...(takesKey(spec) ? [idempotencyKey] : []),
    ],
    ...(body
      ? {
          requestBody: {
            required: spec.isBodyOptional !== true,
            content: {
              "application/json": {
                schema: body,
                ...(spec.bodyExample === undefined ? {} : { example: spec.bodyExample }),
              },
            },
          },
        }
      : {}),
    responses: responses(spec, isPublic, schemaOf),
  };
}

function takesKey({ method, once }: EndpointSpec): boolean {
  return method === "post" && once !== "never";
}

const idempotencyKey: JsonSchema = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "The same key makes a repeated request harmless",
  schema: { type: "string", minLength: 1, maxLength: 200 },
};

function parameters(place: "path" | "query", schema: JsonSchema | null): JsonSchema[] {
  const properties = (schema?.properties ?? {}) as Record<string, JsonSchema>;
  const required = (schema?.required ?? []) as string[];
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function responses(spec: EndpointSpec, isPublic: boolean, schemaOf: SchemaOf): JsonSchema {
  const result = schemaOf(`${spec.id}.result`);
  const good: JsonSchema = { description: goodTexts[spec.status] };
  if (spec.resultType) good.content = { [spec.resultType]: { schema: { type: "string" } } };
  else if (result) good.content = { "application/json": { schema: result } };

  const codes = [
    ...alwaysPossible,
    ...(isPublic ? [] : behindSignIn),
    ...(spec.method === "get" ? [] : (["origin-refused", "unsupported-media-type", "too-large"] as const)),
    ...(spec.params ? (["not-found", "forbidden"] as const) : []),
    ...(takesKey(spec) ? (["idempotency-conflict", "idempotency-mismatch"] as const) : []),
    ...(spec.errors ?? []),
  ];
  const byStatus: JsonSchema = { [spec.status]: good };
  for (const code of new Set(codes)) {
    const { status } = problems[code];
    const known = (byStatus[status] as JsonSchema | undefined)?.description;
    byStatus[status] = {
      description: known === undefined ? `\`${code}\`` : `${known}, \`${code}\``,
      content: { "application/problem+json": { schema: schemaOf("problem") } },
    };
  }
  return byStatus;
}

const goodTexts = {
  200: "OK",
  201: "Created",
  202: "Accepted: it is done by a job",
  204: "Done; there is nothing to show",
  303: "Sends the browser on",
} as const;

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { problems } from "../errors.ts";
import { publicPaths } from "../middleware/identity.ts";
import { publicUrl, read, type TestApp, testApp } from "../testing/app.ts";
import type { OpenApiDocument } from "./document.ts";

type Operation = {
  operationId: string;
  security?: unknown[];
  parameters: { name: string; in: string }[];
  requestBody?: { content: { "application/json": { schema: { $ref?: string }; example?: unknown } } };
  responses: Record<string, { content?: Record<string, { schema: unknown }> }>;
};

let t: TestApp;
let document: OpenApiDocument;
let operations: { path: string; method: string; operation: Operation }[];
before(async () => {
  t = await testApp();
  document = (await read(await t.app.request(`${publicUrl}/api/openapi.json`))).body as OpenApiDocument;
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation: operation as Operation })),
  );
});
after(() => t?.close());

/** Every value of the key, anywhere in the document. */
function valuesOf(key: string, value: unknown = document): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => [
    ...(name === key ? [item] : []),
    ...valuesOf(key, item),
  ]);
}

describe("the OpenAPI document", () => {
  it("is of version 3.1 and names server, tags and ways to sign in", () => {
    assert.equal(document.openapi, "3.1.0");
    assert.deepEqual(document.servers, [{ url: publicUrl }]);
    assert.deepEqual(Object.keys(document.components.securitySchemes as object), ["bearer", "session"]);
  });

  it("has an answer for each of its references", () => {
    const references = valuesOf("$ref") as string[];
    assert.ok(references.length > 50);
    for (const reference of references) {
      const name = /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1] ?? "";
      assert.ok(document.components.schemas[name], reference);
    }
    for (const name of Object.keys(document.components.schemas)) {
      assert.match(name, /^[A-Z]\w*$/);
      assert.ok(references.includes(`#/components/schemas/${name}`), `${name} is used by nobody`);
    }
  });

  it("names each operation once, and every parameter of its path", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const { path, operation } of operations) {
      const named = operation.parameters
        .filter((parameter) => parameter.in === "path")
        .map(({ name }) => name);
      assert.deepEqual(named.sort(), [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort(), path);
    }
  });

  it("has a problem as every error, and 401 on all but the public paths", () => {
    const known = new Set<string>(Object.values(problems).map(({ status }) => String(status)));
    for (const { path, operation } of operations) {
      const isPublic = publicPaths.has(path);
      assert.equal(operation.security !== undefined, isPublic, path);
      if (!isPublic) assert.ok(operation.responses["401"], path);
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (/^[23]/.test(status)) continue;
        assert.ok(known.has(status));
        assert.deepEqual(content?.["application/problem+json"]?.schema, {
          $ref: "#/components/schemas/Problem",
        });
      }
    }
  });

  it("refuses unknown fields in every body, and shows bodies that its own schemas take", () => {
    const bodies = operations.filter(({ operation }) => operation.requestBody);
    assert.ok(bodies.length >= 15);
    for (const { operation } of bodies) {
      const content = operation.requestBody?.content["application/json"];
      const name = content?.schema.$ref?.split("/").at(-1) ?? "";
      assert.equal(document.components.schemas[name]?.additionalProperties, false, operation.operationId);
      const spec = t.endpoints.find(({ id }) => id === operation.operationId);
      if (content?.example !== undefined) spec?.body?.parse(content.example);
    }
  });

  it("lets what has a default be left out of a request, and promises it in an answer", () => {
    const { schemas } = document.components;
    assert.deepEqual(schemas.TestCaseInput?.required, ["projectId", "name"]);
    assert.ok((schemas.TestCase?.required as string[] | undefined)?.includes("priority"));
  });
});

it("the documentation page loads nothing from elsewhere", async () => {
  const page = await read(await t.app.request(`${publicUrl}/api/docs`));
  assert.equal(page.status, 200);
  const policy = page.headers.get("content-security-policy") ?? "";
  assert.match(policy, /script-src 'self';/);
  assert.ok(!/https?:|\/\//.test(page.text.replace("<!doctype html>", "")), page.text);
  for (const [, address] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
    assert.match(address ?? "", /^(\/static\/|\/api\/|data:,)/);
  }
});

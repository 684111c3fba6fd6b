import { Hono } from "hono";
import { testCaseChangeSchema } from "../../db/domain/resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { formatTestCase, parseTestCaseYaml } from "../../db/domain/yaml.ts";
import { getTestCase, updateTestCase } from "../../db/services/test-cases.ts";
import { may } from "../access.ts";
import type { WebEnv } from "../env.ts";
import { contentOf } from "../forms/case-draft.ts";
import { TestCaseYaml } from "../pages/test-case-yaml.tsx";
import { attempted, go, idOf, type Site, signedIn } from "../site.tsx";
import { showTestCase } from "./show-test-case.tsx";

/** The same test case as YAML. */
export function testCaseYamlRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/test-cases/:id/yaml",
    signedIn(async (c, ctx) => {
      const testCase = await getTestCase(ctx, idOf(c, "test case"));
      const props = {
        testCaseId: testCase.id,
        text: formatTestCase(contentOf(testCase)),
        message: "",
        errors: [],
        fault: null,
      };
      const writes = may(ctx, testCase, "testCase.write");
      const body = <TestCaseYaml {...props} writes={writes} expectedVersion={testCase.version} />;
      return showTestCase(site, c, ctx, { testCase, tab: "yaml", body });
    }),
  );

  app.post(
    "/test-cases/:id/yaml",
    signedIn(async (c, ctx) => {
      const testCase = await getTestCase(ctx, idOf(c, "test case"));
      const form = await c.req.formData();
      const text = String(form.get("yaml") ?? "").replace(/\r\n?/g, "\n");
      const message = String(form.get("message") ?? "");
      const expectedVersion = Number(form.get("expectedVersion")) || testCase.version;
      const result = await attempted(() =>
        updateTestCase(
          ctx,
          testCase.id,
          parseInput(testCaseChangeSchema, {
            ...parseTestCaseYaml(text),
            ...(message.trim() ? { message } : {}),
            expectedVersion,
          }),
        ),
      );
      if (result.error === undefined) return go(c, `/test-cases/${testCase.id}/yaml`);
      const { errors, code } = result.error;
      const fault = errors.length > 0 ? "Not saved: the YAML is not a valid test case" : result.error.message;
      const body = (
        <TestCaseYaml
          testCaseId={testCase.id}
          {...{ text, message, expectedVersion, errors, fault }}
          writes
        />
      );
      return showTestCase(site, c, ctx, { testCase, tab: "yaml", body }, code === "conflict" ? 409 : 422);
    }),
  );

  return app;
}

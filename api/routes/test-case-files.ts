import { z } from "zod";
import { AppError } from "../../db/domain/errors.ts";
import { importRecorder, type RecorderImport } from "../../db/domain/import/recorder.ts";
import { testCaseSchema } from "../../db/domain/resources.ts";
import { formatTestCase, parseTestCaseYaml } from "../../db/domain/yaml.ts";
import { createTestCase, getTestCase } from "../../db/services/test-cases.ts";
import { spendUpload } from "../middleware/rate-limit.ts";
import { disposition } from "./artifacts.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId } from "./shared.ts";

const tag = "Test cases";

const importSchema = z
  .strictObject({
    projectId: z.uuid(),
    format: z
      .enum(["recorder", "yaml"])
      .default("recorder")
      .meta({ description: "A recording of Chrome DevTools' Recorder, or a test case as YAML" }),
    content: z
      .union([z.string(), z.record(z.string(), z.unknown())])
      .meta({ description: "The file's text; a recording may also stand here as the JSON that it is" }),
    name: testCaseSchema.shape.name
      .min(1)
      .optional()
      .meta({ description: "Instead of the name in the file" }),
  })
  .meta({ id: "TestCaseImport" });

const importedSchema = z
  .strictObject({
    testCase: testCaseSchema,
    report: z
      .array(
        z.strictObject({
          step: z.int().meta({ description: "Its place in the recording, from 0" }),
          type: z.string(),
          level: z.enum(["lossless", "changed", "unsupported"]),
          message: z.string(),
        }),
      )
      .meta({ description: "What became of each step of a recording; nothing is dropped in silence" }),
    secrets: z
      .array(z.string())
      .meta({ description: "Secrets to set: they stand for passwords that were typed while recording" }),
  })
  .meta({ id: "ImportedTestCase" });

export function testCaseFileRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "importTestCase",
      method: "post",
      path: "/test-cases/import",
      tag,
      summary: "Make a test case from a recording or from YAML",
      body: importSchema,
      bodyExample: {
        projectId: "019a2b7c-3c1f-7cc3-98c4-dc0c0c07398f",
        content: { title: "Opens the shop", steps: [{ type: "navigate", url: "https://shop.example.com/" }] },
      },
      status: 201,
      result: importedSchema,
      errors: ["forbidden", "not-found", "rate-limited"],
    },
    async ({ c, ctx, body }) => {
      await spendUpload(c, api.deps);
      const { testCase: content, report, secrets } = read(body);
      const name = body.name ?? content.name;
      const testCase = await createTestCase(ctx, { ...content, name, projectId: body.projectId });
      c.header("Location", `/api/v1/test-cases/${testCase.id}`);
      return { testCase, report, secrets };
    },
  );

  endpoint(
    api,
    {
      id: "exportTestCase",
      method: "get",
      path: "/test-cases/{id}/export",
      tag,
      summary: "A test case as a file that an import reads back without loss",
      params: byId,
      query: z.strictObject({ format: z.enum(["yaml"]).default("yaml") }),
      status: 200,
      resultType: "application/yaml",
    },
    async ({ c, ctx, params }) => {
      const testCase = await getTestCase(ctx, params.id);
      return c.body(formatTestCase(testCase), 200, {
        "Content-Type": "application/yaml; charset=utf-8",
        "Content-Disposition": disposition("attachment", `${testCase.name}.yaml`),
        "Cache-Control": "no-store",
      });
    },
  );
}

/** The faults of the file are faults of the field that it came in. */
function read({ format, content }: z.output<typeof importSchema>): RecorderImport {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  try {
    if (format === "yaml") return { testCase: parseTestCaseYaml(text), report: [], secrets: [] };
    return importRecorder(text);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "invalid-input") throw error;
    const errors = error.errors.map(({ path, message }) => ({
      path: path === "" ? "content" : `content.${path}`,
      message,
    }));
    throw new AppError("invalid-input", error.message, { cause: error, errors });
  }
}

import { Hono } from "hono";
import { invalidInput } from "../../db/domain/errors.ts";
import { importRecorder } from "../../db/domain/import/recorder.ts";
import { limits } from "../../db/domain/limits.ts";
import { testCaseInputSchema } from "../../db/domain/resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { parseTestCaseYaml } from "../../db/domain/yaml.ts";
import { getProject } from "../../db/services/projects.ts";
import { createTestCase } from "../../db/services/test-cases.ts";
import type { WebEnv } from "../env.ts";
import { ImportForm, ImportReport } from "../pages/import.tsx";
import { attempted, idOf, type Site, signedIn } from "../site.tsx";

/** A test case from a file: a recording of Chrome DevTools, or our own YAML. */
export function importRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/projects/:id/import",
    signedIn(async (c, ctx) => {
      const project = await getProject(ctx, idOf(c, "project"));
      const body = <ImportForm project={project} text="" errors={[]} fault={null} />;
      return site.page(c, ctx, { title: "Import", project, section: "test-cases" }, body);
    }),
  );

  app.post(
    "/projects/:id/import",
    signedIn(async (c, ctx) => {
      const project = await getProject(ctx, idOf(c, "project"));
      const form = await c.req.formData();
      const text = await textOf(form);
      const result = await attempted(async () => {
        const read = readImport(text);
        const input = parseInput(testCaseInputSchema, { ...read.testCase, projectId: project.id });
        return { ...read, saved: await createTestCase(ctx, input) };
      });
      const head = { title: "Import", project, section: "test-cases" as const };
      if (result.error === undefined)
        return site.page(c, ctx, head, <ImportReport project={project} {...result.value} />);
      const { errors, message } = result.error;
      const fault = errors.length > 0 ? "Nothing was imported: the file is not understood" : message;
      return site.page(
        c,
        ctx,
        head,
        <ImportForm project={project} text={text} errors={errors} fault={fault} />,
        422,
      );
    }),
  );

  return app;
}

async function textOf(form: FormData): Promise<string> {
  const file = form.get("file");
  if (!(file instanceof File) || file.size === 0) return String(form.get("text") ?? "");
  // Read no more than could be accepted; what is longer is refused by name.
  return file.size > limits.recordingBytesMax
    ? "x".repeat(limits.recordingBytesMax + 1)
    : (await file.text()).replace(/^\uFEFF/, "");
}

function readImport(text: string) {
  if (text.trim() === "") {
    throw invalidInput([{ path: "file", message: "choose a file, or paste what is in it" }]);
  }
  if (text.trimStart().startsWith("{")) return importRecorder(text);
  return { testCase: parseTestCaseYaml(text), report: [], secrets: [] };
}

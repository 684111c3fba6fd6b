import type { FieldError } from "../../db/domain/errors.ts";
import type { ImportLine } from "../../db/domain/import/recorder.ts";
import type { Project, TestCase } from "../../db/domain/resources.ts";
import { FormErrors, Note, TableBox } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { TextField } from "../parts/field.tsx";
import { plural } from "../parts/figures.ts";
import { Icon } from "../parts/icon.tsx";
import { Text } from "../parts/text.tsx";

type FormProps = { project: Project; text: string; errors: readonly FieldError[]; fault: string | null };

export function ImportForm({ project, text, errors, fault }: FormProps) {
  const base = `/projects/${project.id}`;
  return (
    <>
      <div class="head-text">
        <Crumbs items={[[`${base}/test-cases`, "Test cases"]]} />
        <h1>Import a test case</h1>
        <p class="meta">
          A recording of Chrome DevTools (Recorder, export as JSON), or a test case as YAML. What can't be
          taken over is listed line by line.
        </p>
      </div>
      <form
        class="form panel panel-pad"
        method="post"
        action={`${base}/import`}
        enctype="multipart/form-data"
      >
        {fault ? <FormErrors title={fault} errors={errors} /> : null}
        <div class="field">
          <label for="file">File</label>
          <input class="input" type="file" id="file" name="file" accept=".json,.yaml,.yml,application/json" />
        </div>
        <TextField name="text" label="Or paste it" value={text} errors={[]} area mono />
        <div class="actions">
          <button class="btn btn-primary" type="submit">
            Import
          </button>
          <a class="btn btn-quiet" href={`${base}/test-cases`}>
            Cancel
          </a>
        </div>
      </form>
    </>
  );
}

type ReportProps = {
  project: Project;
  saved: TestCase;
  report: readonly ImportLine[];
  secrets: readonly string[];
};

const levels = {
  lossless: { tone: "passed", icon: "passed", word: "taken over" },
  changed: { tone: "flaky", icon: "info", word: "changed" },
  unsupported: { tone: "failed", icon: "error", word: "left out" },
} as const;

/** What became of every recorded step, before anything is run. */
export function ImportReport({ project, saved, report, secrets }: ReportProps) {
  const base = `/projects/${project.id}`;
  const count = (level: ImportLine["level"]) => report.filter((line) => line.level === level).length;
  const remarkable = report.filter((line) => line.level !== "lossless");
  return (
    <>
      <div class="head">
        <div class="head-text">
          <Crumbs items={[[`${base}/test-cases`, "Test cases"]]} />
          <h1>
            Imported “
            <Text of={saved.name} />”
          </h1>
          <p class="meta">
            <span>{plural(saved.steps.length, "step")}</span>
            {report.length > 0 ? (
              <span>
                {count("lossless")} taken over, {count("changed")} changed, {count("unsupported")} left out
              </span>
            ) : null}
          </p>
        </div>
        <div class="actions">
          <a class="btn btn-primary" href={`/test-cases/${saved.id}`}>
            Open the test case
          </a>
        </div>
      </div>
      {secrets.length > 0 ? (
        <Note tone="flaky" title="Passwords were typed in this recording">
          <p>
            They are not in the test case: {secrets.map((name) => `{{secrets.${name}}}`).join(", ")} stands
            for them. Set {plural(secrets.length, "value")} in the{" "}
            <a href={`${base}/settings#secrets`}>settings</a>.
          </p>
        </Note>
      ) : null}
      {remarkable.length === 0 ? (
        <Note tone="passed" title="Everything was taken over as it is." />
      ) : (
        <TableBox label="Report of the import">
          <table class="list stack">
            <caption class="sr">What became of each recorded step</caption>
            <thead>
              <tr>
                <th scope="col">Step</th>
                <th scope="col">Type</th>
                <th scope="col">What became of it</th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              {report.map((line) => {
                const { tone, icon, word } = levels[line.level];
                return (
                  <tr>
                    <td data-label="Step">{line.step + 1}</td>
                    <td data-label="Type">
                      <code>
                        <Text of={line.type} />
                      </code>
                    </td>
                    <td data-label="What became of it">
                      <span class={`status t-${tone}`}>
                        <Icon name={icon} />
                        {word}
                      </span>
                    </td>
                    <td class="main">
                      <Text of={line.message} />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </TableBox>
      )}
    </>
  );
}

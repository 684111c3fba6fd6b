import type { Page } from "../../db/domain/queries.ts";
import type { TestCase, Version } from "../../db/domain/resources.ts";
import { contentOf } from "../forms/case-draft.ts";
import type { DraftStep } from "../forms/step-fields.ts";
import { changedFields, type DiffRow, diffSteps, type FieldChange } from "../forms/steps-diff.ts";
import { ActionButton, ActionsHead, TableBox } from "../parts/bits.tsx";
import { plural } from "../parts/figures.ts";
import { ListPager } from "../parts/list-pager.tsx";
import { StepLine } from "../parts/step-line.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";

type Props = {
  testCase: TestCase;
  page: Page<Version>;
  /** The two versions that are compared. */
  compared: { before: Version | null; after: Version } | null;
  path: string;
  now: Date;
  writes: boolean;
};

export function TestCaseVersions({ testCase, page, compared, path, now, writes }: Props) {
  const base = `/test-cases/${testCase.id}/versions`;
  return (
    <div class="section">
      {compared ? <Comparison {...compared} base={base} /> : null}
      <TableBox label="Versions">
        <table class="list stack">
          <caption class="sr">Versions, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">What changed</th>
              <th scope="col">Author</th>
              <th scope="col">When</th>
              <ActionsHead />
            </tr>
          </thead>
          <tbody>
            {page.items.map((version) => (
              <tr>
                <td class="lead">
                  <a
                    href={`${base}?version=${version.version}`}
                    aria-current={compared?.after.version === version.version ? "true" : undefined}
                  >
                    v{version.version}
                  </a>{" "}
                  {version.version === testCase.version ? <span class="chip">current</span> : null}
                </td>
                <td class="main">
                  {version.message ? <Text of={version.message} /> : <span class="dim">no message</span>}
                  <div class="sub">{plural(version.steps.length, "step")}</div>
                </td>
                <td data-label="Author">
                  {version.author ? <Text of={version.author} /> : <span class="dim">set-up</span>}
                </td>
                <td data-label="When">
                  <Ago at={version.createdAt} now={now} />
                </td>
                <td class="cell-actions">
                  <div class="row-actions">
                    <a class="btn btn-quiet btn-small" href={`${base}?version=${version.version}`}>
                      Changes<span class="sr"> of version {version.version}</span>
                    </a>
                    {writes && version.version !== testCase.version ? (
                      <ActionButton
                        action={`${base}/${version.version}/restore`}
                        label={`Restore v${version.version}`}
                        look="quiet"
                        small
                        confirm={`Make version ${version.version} the current one again? It is saved as a new version; nothing is lost.`}
                      />
                    ) : null}
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      <ListPager page={page} path={path} />
    </div>
  );
}

function Comparison({ before, after, base }: { before: Version | null; after: Version; base: string }) {
  const rows = diffSteps(before?.steps ?? [], after.steps);
  const { steps: _, ...details } = contentOf(after);
  const { steps: __, ...detailsBefore } = before ? contentOf(before) : { ...contentOf(after) };
  const fields = before ? changedFields(detailsBefore, details) : [];
  const changed = rows.filter((row) => row.kind !== "same").length;
  return (
    <section class="panel" aria-labelledby="comparison">
      <div class="panel-head">
        <h2 id="comparison">
          {before ? `v${before.version} → v${after.version}` : `v${after.version}, the first`}
        </h2>
        <span class="dim">
          {changed + fields.length === 0 ? "no difference" : plural(changed + fields.length, "change")}{" "}
          <a href={base}>close</a>
        </span>
      </div>
      {fields.length > 0 ? (
        <div class="diff-fields">
          <FieldChanges fields={fields} />
        </div>
      ) : null}
      <ol class="diff">
        {rows.map((row) => (
          <DiffLine row={row} />
        ))}
      </ol>
    </section>
  );
}

const marks = {
  same: ["", "unchanged"],
  added: ["+", "added"],
  removed: ["−", "removed"],
  changed: ["~", "changed"],
} as const;

function DiffLine({ row }: { row: DiffRow }) {
  const [mark, word] = marks[row.kind];
  return (
    <li class={`diff-row diff-${row.kind}`}>
      <span class="diff-no">{row.before === null ? "" : row.before + 1}</span>
      <span class="diff-no">{row.after === null ? "" : row.after + 1}</span>
      <span class="diff-mark">
        <span aria-hidden="true">{mark}</span>
        <span class="sr">{word}</span>
      </span>
      <div>
        <StepLine step={row.step as unknown as DraftStep} />
        {row.kind === "changed" ? <FieldChanges fields={row.fields} /> : null}
      </div>
    </li>
  );
}

function FieldChanges({ fields }: { fields: readonly FieldChange[] }) {
  return (
    <dl class="changes">
      {fields.map(({ name, before, after }) => (
        <div>
          <dt>{name}</dt>
          <dd>
            {before === undefined ? null : (
              <del>
                <Text of={valueText(before)} />
              </del>
            )}
            {after === undefined ? null : (
              <ins>
                <Text of={valueText(after)} />
              </ins>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function valueText(value: unknown): string {
  if (typeof value === "string") return value === "" ? "(empty)" : value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string"))
    return value.join("  then  ") || "(none)";
  return value === null ? "(none)" : JSON.stringify(value);
}

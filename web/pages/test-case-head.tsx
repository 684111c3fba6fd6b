import { defaultBrowsers, defaultViewport } from "../../db/domain/matrix.ts";
import type { BrowserSupport } from "../../db/domain/matrix-resources.ts";
import type { Project, TestCase } from "../../db/domain/resources.ts";
import { matrixDraftOf } from "../forms/matrix-draft.ts";
import { ActionButton, Note, Tabs, Tags } from "../parts/bits.tsx";
import { Crumbs } from "../parts/crumbs.tsx";
import { StartMenu } from "../parts/start-menu.tsx";
import { Status } from "../parts/status.tsx";
import { Text } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";

export type TestCaseTab = "steps" | "yaml" | "versions" | "history";

export type TestCaseHeadProps = {
  project: Project;
  testCase: TestCase;
  tab: TestCaseTab;
  now: Date;
  writes: boolean;
  runs: boolean;
  /** What each browser can run of it. */
  support: readonly BrowserSupport[];
};

/** What every tab of a test case begins with. */
export function TestCaseHead({ project, testCase, tab, now, writes, runs, support }: TestCaseHeadProps) {
  const path = `/test-cases/${testCase.id}`;
  const list = `/projects/${project.id}/test-cases`;
  const tabs = [
    ["steps", path, "Steps"],
    ["yaml", `${path}/yaml`, "YAML"],
    ["versions", `${path}/versions`, "Versions"],
    ["history", `${path}/history`, "History"],
  ] as const;
  return (
    <>
      <div class="head">
        <div class="head-text">
          <Crumbs
            items={[
              [list, "Test cases"],
              ...(testCase.group
                ? ([[`${list}?q=${encodeURIComponent(testCase.group)}`, testCase.group]] as const)
                : []),
            ]}
          />
          <h1>
            <Text of={testCase.name} />
          </h1>
          <div class="meta">
            <Status of={testCase.status} />
            <span>{testCase.priority} priority</span>
            <a href={`${path}/versions`}>version {testCase.version}</a>
            {testCase.lastExecution ? (
              <a class="plain" href={`/executions/${testCase.lastExecution.id}`}>
                last: <Status of={testCase.lastExecution.status} />
              </a>
            ) : (
              <span>never run</span>
            )}
            <span>
              changed <Ago at={testCase.updatedAt} now={now} />
            </span>
            <Tags tags={testCase.tags} href={(tag) => `${list}?tag=${encodeURIComponent(tag)}`} />
          </div>
        </div>
        <div class="actions">
          {writes ? (
            <ActionButton action={`${path}/clone`} label="Duplicate" icon="copy" look="quiet" />
          ) : null}
          {runs && testCase.archivedAt === null ? (
            <>
              <ActionButton action={`${path}/run`} label="Run this test" icon="play" look="primary" />
              <StartMenu
                action={`${path}/run`}
                draft={matrixDraftOf(defaultBrowsers, [defaultViewport])}
                support={support}
              />
            </>
          ) : null}
        </div>
      </div>
      {testCase.archivedAt ? (
        <Note tone="flaky" title="This test case is archived: it can't be run and stands in no list.">
          {writes ? (
            <ActionButton action={`${path}/archive`} label="Restore it" fields={{ archived: "false" }} />
          ) : null}
        </Note>
      ) : null}
      <Tabs
        label="Test case"
        tabs={tabs.map(([name, href, label]) => ({
          href,
          label,
          current: name === tab,
          count: name === "steps" ? testCase.steps.length : undefined,
        }))}
      />
    </>
  );
}

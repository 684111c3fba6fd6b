import {
  type BrowserName,
  browserNames,
  browserTitles,
  type StepGroup,
} from "../db/domain/steps/definition.ts";
import { definitionOf, type StepType, stepTypes } from "../db/domain/steps/index.ts";
import { canRun, type Listed, listCases } from "../worker/browser/conformance/case-list.ts";
import { groupTitles } from "./step-reference.ts";

/** `docs/browsers.md`: what each browser can do, from the cases of the conformance suite. */
export function browserPage(): string {
  const cases = listCases();
  const totals = browserNames.map((browser) => {
    const count = cases.filter((listed) => canRun(browser, listed)).length;
    return `${browserTitles[browser]} ${count}`;
  });
  return `# What each browser can do

Each step says which browsers can do it, and is held to at least three cases in \`worker/browser/conformance\`: that it does
what it says, that it waits, that it fails with the right text. By what steps say of themselves, each browser can do:
${totals.join(", ")} of ${cases.length}.

\`npm test\` holds Chromium to these cases and, where one is installed, Firefox to three of each step: one that works, one that waits
and one that fails; with \`VERDICT_ALL_CASES=1\` to all of them. Why Firefox can't do the others is said in
[Firefox, remote browsers, windows](firefox-and-remote.md#what-firefox-cant-do).

This page is generated from those cases: \`node --import tsx ops/docs.ts browsers\`.

${groupsOf().map(section).join("\n")}`;

  function section(group: StepGroup): string {
    const rows = stepTypes
      .filter((type) => definitionOf(type).group === group)
      .map((type) => row(type, cases));
    const head = ["step", ...browserNames.map((browser) => browserTitles[browser])];
    return `## ${groupTitles[group]}\n\n| ${head.join(" | ")} |\n|${head.map(() => "---|").join("")}\n${rows.join("\n")}\n`;
  }
}

function groupsOf(): StepGroup[] {
  return Object.keys(groupTitles) as StepGroup[];
}

function row(type: StepType, cases: readonly Listed[]): string {
  const own = cases.filter((listed) => listed.type === type);
  const cells = browserNames.map((browser) => cell(browser, type, own));
  return `| \`${type}\` | ${cells.join(" | ")} |`;
}

/** How many cases; what a browser that can do the step as such can't do of it is named. */
function cell(browser: BrowserName, type: StepType, own: readonly Listed[]): string {
  if (!definitionOf(type).browsers.includes(browser)) return "no";
  const missing = own.filter((listed) => !canRun(browser, listed));
  const able = `${own.length - missing.length} cases`;
  return missing.length === 0 ? able : `${able}; not: ${missing.map(({ given }) => given.title).join(", ")}`;
}

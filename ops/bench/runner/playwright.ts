import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchCase } from "./cases.ts";

/** Writes a folder that Playwright Test runs: its configuration, the cases, and a reporter that only takes the time. */
export function writePlaywright(
  folder: string,
  place: string,
  cases: readonly BenchCase[],
  options: { siteUrl: string; executablePath: string; workers: number; trace: "on" | "off" },
): string {
  const { siteUrl, executablePath, workers, trace } = options;
  const library = JSON.stringify(join(place, "node_modules/@playwright/test/index.mjs"));
  writeFileSync(join(folder, "cases.json"), JSON.stringify(cases));
  writeFileSync(
    join(folder, "reporter.mjs"),
    `import { writeFileSync } from "node:fs";
export default class {
  onBegin() { this.began = performance.now(); this.passed = 0; this.failed = []; this.times = []; }
  onTestEnd(test, result) {
    this.times.push(result.duration);
    if (result.status === "passed") this.passed++; else this.failed.push(test.title + ": " + (result.error?.message ?? result.status));
  }
  onEnd() {
    const { passed, failed, times } = this;
    writeFileSync(${JSON.stringify(join(folder, "result.json"))}, JSON.stringify({ ms: performance.now() - this.began, passed, failed, times }));
  }
}
`,
  );
  writeFileSync(
    join(folder, "shop.spec.mjs"),
    `import { readFileSync } from "node:fs";
import { expect, test } from ${library};
const find = (page, at) =>
  "role" in at ? page.getByRole(at.role, at.name === "" ? {} : { name: at.name, exact: true })
  : "label" in at ? page.getByLabel(at.label)
  : "testId" in at ? page.getByTestId(at.testId) : page.locator(at.css);
const acts = {
  open: (page, act) => page.goto(act.path),
  click: (page, act) => find(page, act.at).click(),
  check: (page, act) => find(page, act.at).check(),
  visible: (page, act) => expect(find(page, act.at)).toBeVisible(),
  fill: (page, act) => find(page, act.at).fill(act.value),
  select: (page, act) => find(page, act.at).selectOption(act.value),
  text: (page, act) => expect(find(page, act.at)).toContainText(act.value),
  value: (page, act) => expect(find(page, act.at)).toHaveValue(act.value),
  count: (page, act) => expect(find(page, act.at)).toHaveCount(act.count),
  path: (page, act) => expect(page).toHaveURL((url) => url.pathname === act.path),
  title: (page, act) => expect(page).toHaveTitle(act.title),
};
for (const { name, acts: list } of JSON.parse(readFileSync(new URL("./cases.json", import.meta.url), "utf8"))) {
  test(name, async ({ page }) => { for (const act of list) await acts[act.do](page, act); });
}
`,
  );
  const config = {
    testDir: folder,
    outputDir: join(folder, "output"),
    fullyParallel: true,
    workers,
    retries: 0,
    timeout: 60_000,
    reporter: [[join(folder, "reporter.mjs")]],
    use: {
      baseURL: siteUrl,
      trace,
      headless: true,
      viewport: { width: 1280, height: 720 },
      launchOptions: { executablePath },
    },
  };
  const path = join(folder, "playwright.config.mjs");
  writeFileSync(path, `export default ${JSON.stringify(config, null, 2)};\n`);
  return path;
}

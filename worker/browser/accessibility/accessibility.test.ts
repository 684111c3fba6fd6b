import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import axe from "axe-core";
import {
  type AccessibilityReport,
  accessibilityReportSchema,
  usualTags,
} from "../../../db/domain/accessibility.ts";
import { criterionWords } from "../../../db/domain/wcag.ts";
import type { Finished } from "../testing/run.ts";
import { openStepBench, type StepBench } from "../testing/step-bench.ts";

let steps: StepBench;

before(async () => {
  steps = await openStepBench();
});

after(() => steps.close());

const check = { type: "expectAccessible", timeoutMs: 20_000 } as const;
/** What is to fail waits for as long; axe-core has to come to an end within it, also on a busy machine. */
const fault = { type: "expectAccessible", timeoutMs: 4_000 } as const;

function reportIn({ artifacts, of }: Finished): AccessibilityReport {
  const file = artifacts.find(({ kind }) => kind === "accessibility");
  assert.ok(file, "the findings were not kept");
  assert.ok(of("artifact").some(({ artifactId }) => artifactId === file.id));
  return accessibilityReportSchema.parse(JSON.parse(new TextDecoder().decode(file.bytes)));
}

test("a failure names rule, impact, criterion, element and count, and all findings are kept", async () => {
  const found = await steps.fails(
    "/a11y",
    "assertion-failed",
    /^expected no violation, found violations of 3 rules: image-alt \(critical, WCAG 1\.1\.1\) on 2 elements, first css=#a; label \(critical, WCAG 4\.1\.2\) on css=input; color-contrast \(serious, WCAG 1\.4\.3\) on css=p \(waited 4000 ms\)$/,
    fault,
  );
  const detail = found.outcome.failure?.detail ?? "";
  assert.match(detail, /^WCAG 1\.4\.3 Contrast \(Minimum\), AA$/m);
  assert.match(detail, /^1\. <img id="a"/m);
  assert.match(detail, /insufficient color contrast of/);
  const report = reportIn(found);
  assert.deepEqual(report.tags, [...usualTags]);
  assert.equal(report.violations.find(({ rule }) => rule === "image-alt")?.count, 2);
  assert.ok(report.passes.includes("html-has-lang"));
  assert.ok(!JSON.stringify(report).includes("typed"), "what a field holds is not in the file");
});

test("of each violated rule its first element is pictured, but not where pictures are not wanted", async () => {
  const failing = [{ type: "goto", url: "/a11y" }, fault] as const;
  const found = await steps.bench.run([...failing], { baseUrl: steps.site.url });
  const pictured = reportIn(found).violations.map(({ rule, places }) => ({ rule, places }));
  for (const { rule, places } of pictured) {
    const id = places[0]?.pictureId;
    const picture = found.artifacts.find((artifact) => artifact.id === id);
    assert.equal(picture?.name, `accessibility step 2 ${rule}.png`);
    assert.ok((picture?.width ?? 0) > 16 && (picture?.height ?? 0) > 16, JSON.stringify(picture));
    assert.ok(places.slice(1).every(({ pictureId }) => pictureId === undefined));
  }
  const bare = await steps.bench.run([...failing], { baseUrl: steps.site.url, screenshots: "never" });
  assert.deepEqual(
    bare.artifacts.map(({ kind }) => kind),
    ["accessibility"],
  );
  assert.ok(reportIn(bare).violations.every(({ places }) => places[0]?.pictureId === undefined));
});

test("rules, impact, tags, a part of the page and what is left out narrow the check", async () => {
  await steps.passes("/a11y", { ...check, exclude: ["css=img", "label=none", "css=.faint", "css=input"] });
  await steps.passes("/a11y", { ...check, withoutRules: ["image-alt", "label", "color-contrast"] });
  await steps.passes("/a11y", { ...check, tags: ["wcag242"] });
  await steps.passes("/a11y", { ...check, target: "css=h1" });
  await steps.passes("/a11y", { ...check, not: true, impact: "critical" });
  await steps.passes("/a11y", { ...check, impact: "critical", withoutRules: ["image-alt", "label"] });
  await steps.fails("/a11y", "assertion-failed", /color-contrast \(serious/, {
    ...fault,
    target: "css=.faint",
    tags: ["wcag242"],
    withRules: ["color-contrast"],
  });
  await steps.fails(
    "/a11y",
    "assertion-failed",
    /impact serious or more, found 1 violation: color-contrast/,
    {
      ...fault,
      target: "css=.faint",
      impact: "serious",
    },
  );
});

test("a rule, a tag or a locator that does not exist is named", async () => {
  await steps.fails("/a11y", "unknown-rule", /no rule "img-alt"/, { ...fault, withoutRules: ["img-alt"] });
  await steps.fails("/a11y", "invalid-locator", /exclude: css=:nope/, { ...fault, exclude: ["css=:nope("] });
});

test("frames of this and of another site and open shadow roots are looked into", async () => {
  const found = await steps.fails(
    `/a11y-frames?other=${encodeURIComponent(steps.site.otherUrl)}`,
    "assertion-failed",
    /image-alt/,
    { ...fault, tags: ["wcag111"] },
  );
  const report = reportIn(found);
  const locators = report.violations.flatMap(({ places }) => places.map(({ locator }) => locator));
  assert.deepEqual(locators.toSorted(), [
    "css=#host >> css=img",
    "frame=#far >> css=#a",
    "frame=#far >> css=#b",
    "frame=#near >> css=#a",
    "frame=#near >> css=#b",
  ]);
  assert.equal(report.framesLeftOut, 0);
  for (const locator of locators)
    await steps.passes(`/a11y-frames?other=${steps.site.otherUrl}`, {
      type: "expectVisible",
      target: locator,
    });
  await steps.passes(`/a11y-frames?other=${steps.site.otherUrl}`, {
    ...check,
    tags: ["wcag111"],
    exclude: [
      "frame=#near >> css=img",
      "frame=#far >> css=img",
      "css=#host >> css=img",
      "frame=#gone >> css=a",
    ],
  });
});

test("the page does not see that it is checked", async () => {
  await steps.passes(
    "/a11y-frames",
    { ...check, not: true },
    {
      type: "evaluate",
      script: "if (window.heard || typeof axe !== 'undefined') throw new Error('it heard or saw something')",
    },
  );
});

test("a page that is mended while it is looked at passes", async () => {
  await steps.passes("/a11y-late", { ...check, timeoutMs: 10_000 });
});

test("every criterion that a rule can name has its title", () => {
  const criteria = new Set(
    axe.getRules([...usualTags]).flatMap(({ tags }) => tags.filter((tag) => /^wcag\d{3,4}$/.test(tag))),
  );
  for (const tag of criteria) {
    const number = tag.replace(/^wcag(\d)(\d)(\d+)$/, "$1.$2.$3");
    assert.match(criterionWords(number), / .*, A/, number);
  }
});

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { BrowserName } from "../../../db/domain/steps/definition.ts";
import type { AttemptPlan } from "../protocol.ts";
import { Bench, type Finished, type Written } from "../testing/run.ts";
import { type Site, startSite } from "../testing/site.ts";
import { closeBrowsers } from "../thread.ts";
import { canRun, type Listed, listCases } from "./case-list.ts";
import type { FailingCase } from "./contract.ts";

/** Each Firefox has one attempt at a time. */
const atOnce: Readonly<Record<BrowserName, number>> = { chromium: 6, firefox: 2 };
/** How long a step that is to fail by waiting waits; every other one has the time that it usually has. */
const inVainMs = 1_000;
const awaitedCodes = new Set([
  "ambiguous-target",
  "assertion-failed",
  "covered",
  "no-effect",
  "not-editable",
  "not-enabled",
  "not-stable",
  "not-still",
  "not-visible",
  "option-not-found",
  "snapshot-different",
  "tab-not-found",
  "target-not-found",
  "timeout",
]);

/** Pages of the site that several cases share. */
const sharedPages = {
  "/slow-picture": '<img src="/slow?ms=400">',
  "/popup-opener": '<a target="_blank" href="/next">Open</a>',
  "/pressing": `<button onclick="parent.postMessage('pressed there', '*')">Press</button>`,
};

type Asked = {
  plan?: Partial<AttemptPlan>;
  kinds?: readonly Listed["kind"][];
  /** How many cases of each step and kind, the first ones; default: all. */
  most?: number;
};

/** Holds a browser to all cases of what it can do, or to those of some kinds. */
export function conformanceOn(browser: BrowserName, { plan = {}, kinds, most }: Asked = {}): void {
  const cases = firstOfEach(
    listCases().filter(
      (listed) => canRun(browser, listed) && (kinds === undefined || kinds.includes(listed.kind)),
    ),
    most,
  );
  describe(`steps on ${browser}`, { concurrency: atOnce[browser] }, () => {
    let bench: Bench;
    let site: Site;
    before(async () => {
      bench = await Bench.open(browser);
      site = await startSite(pagesOf(cases));
    });
    after(async () => {
      await closeBrowsers();
      await site.close();
      await bench.close();
    });
    for (const listed of cases) {
      it(`${listed.type} ${listed.kind}: ${listed.given.title}`, async () => {
        const steps = stepsOf(listed);
        const options = { baseUrl: site.url, ...plan, ...listed.given.plan };
        const opened = options.baseUrl === null ? `${site.url}${listed.path}` : listed.path;
        const run = await bench.run([{ type: "goto", url: opened }, ...steps], options);
        if ("code" in listed.given) assertFails(run, listed.given, site, browser);
        else assert.equal(run.outcome.status, "passed", JSON.stringify(run.outcome.failure, null, 2));
      });
    }
  });
}

function firstOfEach(cases: readonly Listed[], most = Number.POSITIVE_INFINITY): Listed[] {
  const counts = new Map<string, number>();
  return cases.filter(({ type, kind }) => {
    const count = (counts.get(`${type} ${kind}`) ?? 0) + 1;
    counts.set(`${type} ${kind}`, count);
    return count <= most;
  });
}

function pagesOf(cases: readonly Listed[]): Record<string, string> {
  const own = cases
    .filter(({ given }) => !given.page?.startsWith("/"))
    .map(({ path, given }) => [path, `<!doctype html><meta charset="utf-8"><body>${given.page ?? ""}`]);
  return { ...sharedPages, ...Object.fromEntries(own) };
}

export function stepsOf({ type, given }: Listed): Written[] {
  const waits = "code" in given && awaitedCodes.has(given.code) ? { timeoutMs: inVainMs } : {};
  return [...(given.before ?? []), { ...waits, ...given.step, type }, ...(given.after ?? [])];
}

function assertFails({ outcome }: Finished, given: FailingCase, site: Site, browser: BrowserName): void {
  const { status, failure } = outcome;
  assert.equal(status, "failed", JSON.stringify(outcome));
  const message = (failure?.message ?? "").replaceAll(site.url, "SITE").replaceAll(site.otherUrl, "OTHER");
  assert.equal(failure?.code, given.code, message);
  const wanted = typeof given.message === "string" ? given.message : given.message[browser];
  if (!wanted.endsWith("…")) assert.equal(message, wanted);
  else assert.equal(message.slice(0, wanted.length - 1), wanted.slice(0, -1));
  if (given.detail) assert.match(failure?.detail ?? "", given.detail);
  assert.equal(failure?.step, 1 + (given.before?.length ?? 0));
}

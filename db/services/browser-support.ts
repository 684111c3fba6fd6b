import { type SQL, sql } from "drizzle-orm";
import type { ShownIn } from "../domain/devices.ts";
import { type FieldError, invalidInput } from "../domain/errors.ts";
import type { Failure } from "../domain/events.ts";
import { unsupportedIn, wordsOfPath } from "../domain/steps/browser-support.ts";
import { type BrowserName, browserNames, browserTitles } from "../domain/steps/definition.ts";
import { definitionOf, groupsCalledBy, type Step, stepTypes } from "../domain/steps/index.ts";
import type { TxCtx } from "./context.ts";
import { groupsReachedBy } from "./group-rows.ts";

/** A test case that a browser can't run, and what of it: in the case itself, or in a group that it calls. */
export type Unsupported = {
  testCaseId: string;
  version: number;
  name: string;
  browser: BrowserName;
  faults: FieldError[];
};

type Planned = { testCaseId: string; version: number; browser: BrowserName };

/** Faults of one case that are listed; whoever has more of them learns enough from these. */
const faultsMax = 20;

/**
 * What of these cases their browsers can't do, groups that they call included. Chromium can do every step, so nothing is read
 * for it; of the others only cases in which a step stands that not every browser can do.
 */
export async function unsupportedAmong(
  ctx: TxCtx,
  projectId: string,
  planned: readonly Planned[],
): Promise<Unsupported[]> {
  const browsersOf = new Map<string, Set<BrowserName>>();
  for (const { testCaseId, version, browser } of planned) {
    if (browser === browserNames[0]) continue;
    const key = keyOf({ testCaseId, version });
    browsersOf.set(key, (browsersOf.get(key) ?? new Set()).add(browser));
  }
  if (browsersOf.size === 0) return [];
  const rows = await limitedCases(ctx, [...browsersOf.keys()]);
  const groups = await limitedGroups(ctx, projectId, [
    ...new Set(rows.flatMap(({ steps }) => groupsCalledBy(steps))),
  ]);
  return rows.flatMap((row) =>
    [...(browsersOf.get(keyOf(row)) ?? [])].flatMap((browser): Unsupported[] => {
      const faults = [
        ...unsupportedIn(browser, row.steps),
        ...groups.faultsOf(browser, groupsCalledBy(row.steps)),
      ];
      const { testCaseId, version, name } = row;
      return faults.length === 0
        ? []
        : [{ testCaseId, version, name, browser, faults: faults.slice(0, faultsMax) }];
    }),
  );
}

/** "not run in Firefox: step 2: throttling: Chromium only": what became of an execution that was not started for it. */
export function whySkipped({ browser, faults }: Pick<Unsupported, "browser" | "faults">): Failure {
  const message = `not run in ${browserTitles[browser]}: ${faults.map(sentenceOf).join("; ")}`;
  return { code: "not-in-this-browser", message, detail: null, step: null };
}

/** "step 2: throttling: Chromium only" */
export function sentenceOf({ path, message }: FieldError): string {
  return `${wordsOfPath(path)}: ${message}`;
}

const keyOf = ({ testCaseId, version }: { testCaseId: string; version: number }) =>
  `${testCaseId} ${version}`;

/** Types of which not every browser can do everything, and calls: what they lead to is looked at as well. */
const limitedTypes = stepTypes.filter((type) => {
  const { browsers, parts } = definitionOf(type);
  return type === "group" || browsers.length < browserNames.length || parts.length > 0;
});

/** Only those in which such a step stands, however deep. A `type` somewhere else in a step reads one too many, and nothing more. */
const hasLimited = (content: SQL): SQL =>
  sql`jsonb_path_exists(${content}, '$.steps.**.type ? (@ == $types[*])', ${JSON.stringify({ types: limitedTypes })}::text::jsonb)`;

type Case = { testCaseId: string; version: number; name: string; steps: Step[] };

async function limitedCases(ctx: TxCtx, keys: readonly string[]): Promise<Case[]> {
  const versions = JSON.stringify(
    keys.map((key) => {
      const [id, version] = key.split(" ");
      return { id, version: Number(version) };
    }),
  );
  return ctx.tx.execute<Case>(sql`
    select v.test_case_id as "testCaseId", v.version, v.content ->> 'name' as name, v.content -> 'steps' as steps
    from jsonb_to_recordset(${versions}::text::jsonb) as planned (id uuid, version int)
    join test_case_version v on v.test_case_id = planned.id and v.version = planned.version
    where ${hasLimited(sql`v.content`)}`);
}

/** What the groups that are called by these names can't do in a browser, over the groups that they call as well. */
async function limitedGroups(ctx: TxCtx, projectId: string, names: readonly string[]) {
  const reached = names.length === 0 ? new Map() : await groupsReachedBy(ctx, projectId, names);
  const ids = [...reached.values()].map(({ id }) => id);
  const rows =
    ids.length === 0
      ? []
      : await ctx.tx.execute<{ name: string; steps: Step[] }>(sql`
          select g.name, v.content -> 'steps' as steps from step_group g
          join step_group_version v on v.group_id = g.id and v.version = g.version
          where g.id = any (${`{${ids.join(",")}}`}::uuid[]) and ${hasLimited(sql`v.content`)}`);
  const stepsOf = new Map(rows.map(({ name, steps }) => [name, steps]));
  return {
    faultsOf(browser: BrowserName, called: readonly string[]): FieldError[] {
      const seen = new Set<string>();
      const open = [...called];
      for (let name = open.pop(); name !== undefined; name = open.pop()) {
        if (seen.has(name)) continue;
        seen.add(name);
        open.push(...(reached.get(name)?.calls ?? []));
      }
      return [...seen].flatMap((name) =>
        unsupportedIn(browser, stepsOf.get(name) ?? []).map(({ path, message }) => ({
          path: `group "${name}": ${path}`,
          message,
        })),
      );
    },
  };
}

/**
 * A device is mobile and is touched, which only Chromium can show a page.
 * @throws AppError `invalid-input` on `device`
 */
export function refuseDevices(planned: readonly { browser: BrowserName; viewport: ShownIn }[]): void {
  const found = planned.find(({ browser, viewport }) => browser !== browserNames[0] && viewport.device);
  if (!found) return;
  const message = `the device "${found.viewport.device}" can't be shown in ${browserTitles[found.browser]}: Chromium only`;
  throw invalidInput([{ path: "device", message }]);
}

import { sql } from "drizzle-orm";
import type { ShownIn } from "../domain/devices.ts";
import { type FieldError, invalidInput } from "../domain/errors.ts";
import { unsupportedIn } from "../domain/steps/browser-support.ts";
import { type BrowserName, browserTitles } from "../domain/steps/definition.ts";
import type { Step } from "../domain/steps/index.ts";
import type { TxCtx } from "./context.ts";

type Planned = { testCaseId: string; version: number; browser: BrowserName; viewport: ShownIn };

/** Faults that are listed; whoever has more of them learns enough from these. */
const faultsMax = 20;

/**
 * Refuses executions whose steps their browser can't do. Chromium can do all of them, so nothing is read for it.
 * @throws AppError `invalid-input` on `browser` that names the cases, the steps and what is missing
 */
export async function refuseUnsupported(ctx: TxCtx, planned: readonly Planned[]): Promise<void> {
  const others = planned.filter(({ browser }) => browser !== "chromium");
  if (others.length === 0) return;
  refuseDevices(others);
  const versions = JSON.stringify(
    others.map(({ testCaseId, version, browser }) => ({ id: testCaseId, version, browser })),
  );
  const rows = await ctx.tx.execute<{ name: string; browser: BrowserName; steps: Step[] }>(sql`
    select v.content ->> 'name' as name, planned.browser, v.content -> 'steps' as steps
    from jsonb_to_recordset(${versions}::text::jsonb) as planned (id uuid, version int, browser text)
    join test_case_version v on v.test_case_id = planned.id and v.version = planned.version`);
  const faults = rows.flatMap(({ name, browser, steps }): FieldError[] =>
    unsupportedIn(browser, steps).map(({ path, message }) => ({
      path: "browser",
      message: `"${name}" can't run in ${browserTitles[browser]}: ${path}: ${message}`,
    })),
  );
  if (faults.length > 0) throw invalidInput(faults.slice(0, faultsMax));
}

/** A device is mobile and is touched, which only Chromium can show a page. */
function refuseDevices(planned: readonly Planned[]): void {
  const found = planned.find(({ viewport }) => viewport.device !== undefined);
  if (!found) return;
  const message = `the device "${found.viewport.device}" can't be shown in ${browserTitles[found.browser]}: Chromium only`;
  throw invalidInput([{ path: "device", message }]);
}

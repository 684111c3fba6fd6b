import { and, eq, isNotNull } from "drizzle-orm";
import { alignRows } from "../domain/alignment.ts";
import type {
  ComparedLine,
  ComparedStep,
  ExecutionComparison,
  OnlyInOne,
  StepOutcome,
} from "../domain/comparison.ts";
import { screenText } from "../domain/devices.ts";
import { AppError } from "../domain/errors.ts";
import type { EventType, LogItem } from "../domain/events.ts";
import { limits } from "../domain/limits.ts";
import { eachNode, type StepNode, stepTree } from "../domain/step-tree.ts";
import { definitionOf } from "../domain/steps/index.ts";
import { artifacts } from "../schema/runs.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import { listEnvironments } from "./environments.ts";
import { listEvents } from "./evidence.ts";
import { lastGreen } from "./last-green.ts";
import { type ExecutionRow, executionOf, loadExecution } from "./run-rows.ts";
import { iso } from "./times.ts";
import { getVersion } from "./versions.ts";

/** Lines of each kind that are looked at, and that are listed. */
const linesReadMax = 2_000;
const linesListedMax = 50;

/**
 * Compares an attempt of an execution, by default the last one, with the last of another one of the same test case; without `to` with the last one
 * before it that passed in the same browser and environment.
 * @throws AppError `not-found`, `invalid-input` when the other one is of another test case.
 */
export async function compareExecutions(
  ctx: Ctx,
  id: string,
  to: string | null = null,
  attempt: number | null = null,
): Promise<ExecutionComparison> {
  return transaction(ctx, async (ctx) => {
    const here = await loadExecution(ctx, id, "run.read");
    const base =
      to === null ? await lastGreen(ctx, here, { alike: true }) : await loadExecution(ctx, to, "run.read");
    if (base && base.testCaseId !== here.testCaseId) {
      const message = "is an execution of another test case; only those of one case can be compared";
      throw new AppError("invalid-input", `to: ${message}`, { errors: [{ path: "to", message }] });
    }
    const mine = await evidenceOf(ctx, here, attempt ?? here.attempt);
    const theirs = base ? await evidenceOf(ctx, base) : nothing;
    return {
      execution: executionOf(here),
      base: base ? executionOf(base) : null,
      differences: base ? await differencesOf(ctx, here, base) : [],
      steps: base ? comparedSteps(theirs, mine) : [],
      console: base ? onlyInOne(mine.console, theirs.console) : alike,
      network: base ? onlyInOne(mine.network, theirs.network) : alike,
    };
  });
}

type Lines = { items: ComparedLine[]; cut: boolean };
type Evidence = { nodes: StepNode[]; lost: ReadonlySet<string>; console: Lines; network: Lines };
const nothing: Evidence = {
  nodes: [],
  lost: new Set(),
  console: { items: [], cut: false },
  network: { items: [], cut: false },
};
const alike: OnlyInOne = { onlyHere: [], onlyBase: [], cut: false };

async function evidenceOf(ctx: TxCtx, row: ExecutionRow, attempt = row.attempt): Promise<Evidence> {
  const read = (types: readonly EventType[], limit: number) =>
    listEvents(ctx, row.id, { attempt, types, after: 0, limit });
  const version = await getVersion(ctx, row.testCaseId, row.version);
  const steps = await read(["step-started", "step-finished"], limits.stepsExecutedMax * 2);
  const console = await read(["console", "page-error"], linesReadMax);
  const network = await read(["navigation", "request-failed"], linesReadMax);
  return {
    nodes: [...eachNode(stepTree(version.steps, steps.items))],
    lost: await lostPictures(ctx, row.id, attempt),
    console: { items: console.items.flatMap(consoleLine), cut: console.nextAfter !== null },
    network: { items: network.items.flatMap(networkLine), cut: network.nextAfter !== null },
  };
}

function consoleLine(item: LogItem): ComparedLine[] {
  if (item.type === "console") return [{ text: item.text, level: item.level, count: 1 }];
  return item.type === "page-error" ? [{ text: item.message, level: "page-error", count: 1 }] : [];
}

function networkLine(item: LogItem): ComparedLine[] {
  if (item.type === "navigation") return [{ text: `GET ${item.url}`, level: "opened", count: 1 }];
  if (item.type !== "request-failed") return [];
  return [{ text: `${item.method} ${item.url}`, level: String(item.status ?? "failed"), count: 1 }];
}

function comparedSteps(theirs: Evidence, mine: Evidence): ComparedStep[] {
  const [base, here] = [theirs.nodes, mine.nodes];
  return alignRows(base, here, keyOf, kindOf).map(({ before, after, same }) => {
    const was = before === null ? undefined : base[before];
    const is = after === null ? undefined : here[after];
    return {
      kind: same ? "same" : is ? (was ? "changed" : "added") : "removed",
      here: is ? outcomeOf(is, mine.lost) : null,
      base: was ? outcomeOf(was, theirs.lost) : null,
    };
  });
}

/** Pictures that were taken and could not be stored. */
async function lostPictures(ctx: TxCtx, executionId: string, attempt: number): Promise<Set<string>> {
  const rows = await ctx.tx
    .select({ id: artifacts.id })
    .from(artifacts)
    .where(
      and(
        eq(artifacts.executionId, executionId),
        eq(artifacts.attempt, attempt),
        isNotNull(artifacts.lostReason),
      ),
    );
  return new Set(rows.map(({ id }) => id));
}

/** Where it stands, without the places of steps: one more step in front does not make it another one. */
function kindOf({ path, type }: StepNode): string {
  return `${path.replace(/(^|\.)\d+(?=\.|$)/g, "$1")}|${type}`;
}

function keyOf(node: StepNode): string {
  if (node.step === null) return `${kindOf(node)}|${node.title}`;
  // The steps inside are compared for themselves.
  const { nested } = definitionOf(node.step.type);
  const fields = Object.entries(node.step).filter(([name]) => !nested.includes(name));
  return `${kindOf(node)}|${JSON.stringify(fields.toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
}

function outcomeOf(node: StepNode, lost: ReadonlySet<string>): StepOutcome {
  const { path, type, title, status, startedAt, durationMs, finished } = node;
  const message = finished?.failure?.message ?? null;
  const taken = finished?.screenshotId ?? null;
  const screenshotId = taken !== null && lost.has(taken) ? null : taken;
  const endedAt = startedAt === null ? null : iso(new Date(startedAt + (durationMs ?? 0)));
  return { path, type, title, status, durationMs, endedAt, message, screenshotId };
}

/** What one has and the other has not, numbers left aside: they change from run to run. */
function onlyInOne(here: Lines, base: Lines): OnlyInOne {
  const mine = gathered(here.items);
  const theirs = gathered(base.items);
  const only = (of: Map<string, ComparedLine>, other: Map<string, ComparedLine>) =>
    [...of].filter(([key]) => !other.has(key)).map(([, line]) => line);
  const onlyHere = only(mine, theirs);
  const onlyBase = only(theirs, mine);
  return {
    onlyHere: onlyHere.slice(0, linesListedMax),
    onlyBase: onlyBase.slice(0, linesListedMax),
    cut: here.cut || base.cut || Math.max(onlyHere.length, onlyBase.length) > linesListedMax,
  };
}

function gathered(lines: readonly ComparedLine[]): Map<string, ComparedLine> {
  const of = new Map<string, ComparedLine>();
  for (const line of lines) {
    const key = `${line.level} ${line.text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/gi, "#")}`;
    const known = of.get(key);
    if (known) known.count += 1;
    else of.set(key, { ...line });
  }
  return of;
}

async function differencesOf(
  ctx: TxCtx,
  here: ExecutionRow,
  base: ExecutionRow,
): Promise<ExecutionComparison["differences"]> {
  const known = await listEnvironments(ctx, here.projectId, { limit: limits.pageSizeMax });
  const environment = ({ environmentId }: ExecutionRow) =>
    environmentId === null
      ? "none"
      : (known.items.find(({ id }) => id === environmentId)?.name ?? "one that was deleted");
  const facts = (row: ExecutionRow) =>
    [
      ["version", `version ${row.version}`],
      ["browser", row.browser],
      ["viewport", screenText(row.viewport)],
      ["environment", environment(row)],
      ["base URL", row.baseUrl ?? "none"],
    ] as const;
  const were = new Map(facts(base));
  return facts(here).flatMap(([what, is]) => {
    const was = were.get(what) ?? "";
    return was === is ? [] : [{ what, here: is, base: was }];
  });
}

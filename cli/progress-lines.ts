import { createLogUpdate } from "log-update";
import pc from "picocolors";
import { type Cell, cellKey, cellTitle, defaultBrowsers, defaultViewport } from "../db/domain/matrix.ts";
import type { Execution } from "../db/domain/resources.ts";
import { type ExecutionStatus, executionStatuses, isFinal } from "../db/domain/states.ts";
import type { Cli } from "./context.ts";
import type { Progress } from "./follow.ts";

const looks: Record<ExecutionStatus, { sign: string; paint: (text: string) => string }> = {
  queued: { sign: "·", paint: pc.dim },
  running: { sign: "▸", paint: pc.cyan },
  passed: { sign: "✔", paint: pc.green },
  failed: { sign: "✖", paint: pc.red },
  flaky: { sign: "≈", paint: pc.yellow },
  error: { sign: "!", paint: pc.magenta },
  cancelled: { sign: "-", paint: pc.dim },
  skipped: { sign: "-", paint: pc.dim },
};
const unfinishedLinesMax = 12;

export type Reporter = { show(progress: Progress): void; end(): void };

/** One line for each test as it ends; on a terminal the running ones live below. */
export function openReporter(cli: Cli, isQuiet: boolean): Reporter {
  if (isQuiet) return { show: () => {}, end: () => {} };
  const printed = new Set<string>();
  const { stdout } = cli;
  const living = stdout.isTTY ? createLogUpdate(stdout as NodeJS.WriteStream) : null;
  return {
    show({ executions }) {
      const ended = executions.filter(({ id, status }) => isFinal(status) && !printed.has(id)).sort(byEnd);
      if (ended.length > 0) living?.clear();
      for (const execution of ended) {
        printed.add(execution.id);
        cli.print(lineOf(execution));
      }
      if (!living) return;
      const open = executions.filter(({ status }) => !isFinal(status));
      const running = open.filter(({ status }) => status === "running").slice(0, unfinishedLinesMax);
      const waiting = open.length - running.length;
      const lines = [...running.map(lineOf), ...(waiting > 0 ? [pc.dim(`· ${waiting} waiting`)] : [])];
      living(lines.join("\n"));
    },
    end: () => living?.clear(),
  };
}

function byEnd(a: Execution, b: Execution): number {
  return (a.finishedAt ?? "").localeCompare(b.finishedAt ?? "");
}

function lineOf(execution: Execution): string {
  const { status, testCaseName, group, durationMs, error } = execution;
  const { sign, paint } = looks[status];
  const time = durationMs === null ? "" : pc.dim(` ${(durationMs / 1_000).toFixed(1)} s`);
  const name = group ? `${group} › ${testCaseName}` : testCaseName;
  const line = `${paint(`${sign} ${status.padEnd(9)}`)} ${name}${placeOf(execution)}${time}`;
  if (status !== "failed" && status !== "error" && !(status === "skipped" && error)) return line;
  return `${line}\n    ${paint(reasonOf(error))}`;
}

/** Where it ran, unless that is where everything runs that nobody has chosen a place for. */
function placeOf(cell: Cell): string {
  const isUsual =
    cellKey(cell) === cellKey({ browser: defaultBrowsers[0] ?? cell.browser, viewport: defaultViewport });
  return isUsual ? "" : pc.dim(` in ${cellTitle(cell)}`);
}

function reasonOf(error: Execution["error"]): string {
  if (!error) return "no reason is known";
  return error.step === null ? error.message : `step ${error.step + 1}: ${error.message}`;
}

/** `17 passed, 1 flaky, 2 failed`. */
export function summaryOf(executions: readonly Execution[]): string {
  const counts = Map.groupBy(executions, ({ status }) => status);
  const parts = executionStatuses.flatMap((status) => {
    const count = counts.get(status)?.length ?? 0;
    return count > 0 ? [`${count} ${status}`] : [];
  });
  return parts.length > 0 ? parts.join(", ") : "nothing was run";
}

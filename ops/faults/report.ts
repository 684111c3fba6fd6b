import type { Report } from "./run.ts";

const breaksShownMax = 5;

export function breaksOf(reports: readonly Report[]): number {
  return reports.flatMap(({ invariants }) => invariants).reduce((sum, { breaks }) => sum + breaks.length, 0);
}

/** What an experiment found, for a person. */
export function textOf(report: Report): string {
  const { id, title, seed, trials, faults, stages, executions, invariants, recoveryMs, seconds } = report;
  const lines = [
    `${id}: ${title}`,
    `  trials      ${trials} in ${seconds} s, seed ${seed}`,
    `  faults      ${listed(faults)}`,
    `  stages hit  ${listed(stages)}`,
    `  executions  ${listed(executions)}`,
    `  recovery    ${recoveryMs.n === 0 ? "nothing had to run again" : recoveryOf(recoveryMs)}`,
    `  clients     ${report.socketBreaks} sockets broke or were refused, ${report.unanswered} requests unanswered`,
  ];
  for (const { id: invariant, title: what, checked, breaks } of invariants) {
    lines.push(
      `  ${invariant.padEnd(4)} ${breaks.length === 0 ? "holds" : "BROKEN"}  ${what} (${checked} checked)`,
    );
    for (const text of breaks.slice(0, breaksShownMax)) lines.push(`         ${text}`);
    if (breaks.length > breaksShownMax) lines.push(`         and ${breaks.length - breaksShownMax} more`);
  }
  if (report.logs !== null) {
    lines.push(
      `  again with  npm run faults -- ${id} --trials ${trials} --seed ${seed}`,
      `  logs        ${report.logs}`,
    );
  }
  return lines.join("\n");
}

function recoveryOf({ n, p50, p95, max }: Report["recoveryMs"]): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  return `p50 ${seconds(p50)}, p95 ${seconds(p95)}, max ${seconds(max)} of ${n}`;
}

function listed(counts: Partial<Record<string, number>>): string {
  const entries = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return entries.length > 0 ? entries.join(", ") : "none";
}

import { readdirSync, readFileSync } from "node:fs";

const sampleMs = 200;
const ticksPerSecond = 100;

export type Usage = { cpuSeconds: number; memoryMegabytes: number };

/**
 * Watches a process with everything below it (Linux): processor time from now on, those that end included, and the most memory that
 * all of them had at once, shared pages counted by share. What a process does between the last look and its end is missed
 * unless its parent has waited for it.
 */
export function watchUsage(root: number): { stop(): Usage } {
  const ticks = new Map<number, number>();
  /** What they had taken before. */
  const earlier = new Map(treeOf(root).map(({ pid, ownTicks }) => [pid, ownTicks]));
  let memory = 0;
  const look = () => {
    const tree = treeOf(root);
    let kilobytes = 0;
    for (const { pid, ownTicks } of tree) {
      ticks.set(pid, Math.max(ownTicks, ticks.get(pid) ?? 0));
      kilobytes += memoryOf(pid);
    }
    memory = Math.max(memory, kilobytes / 1024);
  };
  const timer = setInterval(look, sampleMs);
  look();
  return {
    stop() {
      clearInterval(timer);
      look();
      const all = [...ticks].reduce((sum, [pid, one]) => sum + one - (earlier.get(pid) ?? 0), 0);
      return { cpuSeconds: all / ticksPerSecond, memoryMegabytes: memory };
    },
  };
}

type Process = { pid: number; parent: number; ownTicks: number };

function treeOf(root: number): Process[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)) ?? []);
  const found = all.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

function processOf(pid: number): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid, parent: Number(fields[1]), ownTicks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    // It has just ended.
    return null;
  }
}

function memoryOf(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
  } catch {
    // It has just ended, or is not ours.
    return 0;
  }
}

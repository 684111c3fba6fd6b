import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sweepRunFolders } from "../../worker/run-folder.ts";
import { leftProcesses } from "../testing/leftovers.ts";

/** The browsers of workers on this data folder: by the process that leads each one's group, and its worker's. */
export type LabBrowser = { pid: number; workerPid: number };

/** From the files that workers keep about them. */
export function browsersOf(home: string): LabBrowser[] {
  return namesIn(join(home, "run")).flatMap((folder) =>
    namesIn(join(home, "run", folder)).flatMap((name) => {
      const [, pid] = name.match(/^browser-(\d+)$/) ?? [];
      return pid ? [{ pid: Number(pid), workerPid: Number(folder.split("-")[0]) }] : [];
    }),
  );
}

/** Living members of a process group. */
export function groupOf(leader: number): number[] {
  return processTable()
    .filter(({ group, state }) => group === leader && state !== "Z")
    .map(({ pid }) => pid);
}

export function childrenOf(pid: number): number[] {
  return processTable()
    .filter(({ parent, state }) => parent === pid && state !== "Z")
    .map(({ pid }) => pid);
}

/** What of dead workers still lives: browsers, and children nobody took leave of. While `workers` live. */
export function orphansOf(groups: Iterable<LabBrowser>, workers: readonly number[]): string[] {
  const orphans = [...groups]
    .filter(({ workerPid }) => !workers.includes(workerPid))
    .flatMap(({ pid, workerPid }) =>
      groupOf(pid).map((member) => `process ${member} of browser ${pid} outlived its worker ${workerPid}`),
    );
  const zombies = processTable()
    .filter(({ parent, state }) => state === "Z" && workers.includes(parent))
    .map(({ pid, parent }) => `process ${pid} is a zombie of worker ${parent}`);
  return [...orphans, ...zombies];
}

/** When all is stopped: processes that name the data folder, and folders that the next worker would not remove. */
export async function leftIn(home: string): Promise<string[]> {
  const processes = leftProcesses(home).map(({ pid, command }) => `process ${pid} is left: ${command}`);
  await sweepRunFolders(home);
  const folders = namesIn(join(home, "run")).map((name) => `folder run/${name} is left`);
  return [...processes, ...folders];
}

type ProcessRow = { pid: number; state: string; parent: number; group: number };

/** Where there is no /proc it is empty, and nothing is found. */
function processTable(): ProcessRow[] {
  return namesIn("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        // The name of the program is in parentheses and may hold anything; fields are counted behind it.
        const [state = "", parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return [{ pid: Number(name), state, parent: Number(parent), group: Number(group) }];
      } catch {
        return []; // gone meanwhile
      }
    });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not made yet, or gone meanwhile
  }
}

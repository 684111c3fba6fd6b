import { readdirSync, readFileSync } from "node:fs";

/** A process that outlived the tests. */
export type LeftProcess = { pid: number; command: string };

/**
 * Living processes whose environment or command line names the tests' scratch folder, whoever their parent is by
 * now. Only where there is a /proc; elsewhere none is found.
 */
export function leftProcesses(scratch: string): LeftProcess[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readProc(pid, "environ").includes(scratch) || readProc(pid, "cmdline").includes(scratch))
    .map((pid) => ({
      pid: Number(pid),
      command: readProc(pid, "cmdline").replaceAll("\0", " ").slice(0, 200),
    }));
}

/** What tests made in the scratch folder and did not remove. */
export function leftFolders(scratch: string): string[] {
  return readdirSync(scratch).filter((name) => name.startsWith("verdict-"));
}

/** Ends exactly these processes. */
export function endProcesses(processes: readonly LeftProcess[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // gone by itself meanwhile
    }
  }
}

function readProc(pid: string, file: "environ" | "cmdline"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // gone, a zombie, or somebody else's
  }
}

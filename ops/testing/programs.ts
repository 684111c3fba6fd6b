import { execFile } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
const installBoundMs = 180_000;

/** Real services that some tests talk to: the program and its Debian package. */
const services = { "redis-server": "redis-server", nginx: "nginx", pgbouncer: "pgbouncer" } as const;
export type ServiceProgram = keyof typeof services;

/** Path of an installed program, or null. Tests that need it skip with `missingReason`. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

/** false when the program is there, otherwise why a test is skipped: for `it(name, { skip: missingReason(…) })`. */
export function missingReason(program: ServiceProgram): string | false {
  return (
    findProgram(program) === null && `${program} is not installed (apt-get install ${services[program]})`
  );
}

/**
 * As root on Debian installs the missing ones, bounded; elsewhere nothing.
 * @returns lines that say what was done and what stays missing
 */
export async function ensurePrograms(): Promise<string[]> {
  const missing = () =>
    (Object.keys(services) as ServiceProgram[]).filter((name) => findProgram(name) === null);
  const wanted = missing();
  if (wanted.length === 0) return [];
  const canInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (!canInstall) return wanted.map(skipLine);
  const packages = wanted.map((name) => services[name]);
  // RUNLEVEL=1: the packages' own services are not started.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  try {
    await execute("apt-get", ["update"], { timeout: installBoundMs, env });
    const flags = ["install", "-y", "--no-install-recommends", ...packages];
    await execute("apt-get", flags, { timeout: installBoundMs, env, maxBuffer: 16_000_000 });
  } catch (error) {
    const why = error instanceof Error ? error.message.trim().split("\n").slice(-1)[0] : String(error);
    return [`${packages.join(" and ")} could not be installed: ${why}`, ...missing().map(skipLine)];
  }
  return [`Installed ${packages.join(" and ")} for the tests that use them.`, ...missing().map(skipLine)];
}

function skipLine(name: ServiceProgram): string {
  return `Tests that need ${name} will be skipped: it is not installed.`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

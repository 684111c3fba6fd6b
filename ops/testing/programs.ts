import { execFile } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
const installBoundMs = 180_000;

/**
 * Real services that some tests talk to: the programs and the Debian packages that have them. Each is installed by itself, so
 * that one which a system does not have keeps nobody else away.
 */
const services = {
  "redis-server": { programs: ["redis-server"], packages: ["redis-server"] },
  nginx: { programs: ["nginx"], packages: ["nginx"] },
  nft: { programs: ["nft"], packages: ["nftables"] },
  ffmpeg: { programs: ["ffmpeg"], packages: ["ffmpeg"] },
  pgbouncer: { programs: ["pgbouncer"], packages: ["pgbouncer"] },
  radosgw: {
    programs: ["radosgw", "radosgw-admin", "ceph-mon", "ceph-osd", "ceph", "ceph-authtool", "monmaptool"],
    packages: ["radosgw", "ceph-mon", "ceph-osd", "ceph-common"],
  },
} as const;
export type ServiceProgram = keyof typeof services;

/** Path of an installed program, or null. Tests that need it skip with `missingReason`. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

/** false when the service is there, otherwise why a test is skipped: for `it(name, { skip: missingReason(…) })`. */
export function missingReason(service: ServiceProgram): string | false {
  return (
    !isInstalled(service) &&
    `${service} is not installed (apt-get install ${services[service].packages.join(" ")})`
  );
}

/**
 * As root on Debian installs the missing ones, bounded; elsewhere nothing.
 * @returns lines that say what was done and what stays missing
 */
export async function ensurePrograms(): Promise<string[]> {
  const missing = (Object.keys(services) as ServiceProgram[]).filter((service) => !isInstalled(service));
  if (missing.length === 0) return [];
  const canInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (!canInstall) return missing.map(skipLine);
  const lines: string[] = [];
  try {
    await aptGet(["update"]);
    for (const service of missing) lines.push(await install(service));
  } catch (error) {
    lines.push(`The list of packages could not be read: ${lastLineOf(error)}`);
  }
  return [...lines, ...missing.filter((service) => !isInstalled(service)).map(skipLine)];
}

async function install(service: ServiceProgram): Promise<string> {
  const packages = services[service].packages.join(", ");
  try {
    await aptGet(["install", "-y", "--no-install-recommends", ...services[service].packages]);
    return `Installed ${packages} for the tests that use them.`;
  } catch (error) {
    return `${packages} could not be installed: ${lastLineOf(error)}`;
  }
}

/** RUNLEVEL=1: the packages' own services are not started. */
async function aptGet(args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  await execute("apt-get", args, { timeout: installBoundMs, env, maxBuffer: 16_000_000 });
}

function isInstalled(service: ServiceProgram): boolean {
  return services[service].programs.every((name) => findProgram(name) !== null);
}

function skipLine(service: ServiceProgram): string {
  return `Tests that need ${service} will be skipped: it is not installed.`;
}

function lastLineOf(error: unknown): string {
  return error instanceof Error ? (error.message.trim().split("\n").at(-1) ?? "") : String(error);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

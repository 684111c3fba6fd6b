import { execFile, execFileSync, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { basename } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../config.ts";

const execute = promisify(execFile);
const commandBoundMs = 120_000;
const buildBoundMs = 900_000;
const nodeImage = process.env.NODE_IMAGE ?? "node:24-bookworm-slim";
const debianImage = process.env.BASE_IMAGE ?? "debian:bookworm-slim";
/** Set where a registry is within reach; where not, images are made of Debian's packages. */
const serviceImages = ["POSTGRES_IMAGE", "REDIS_IMAGE", "NGINX_IMAGE"] as const;

/** The targets of the Dockerfile. They are built under names that no installation uses. */
export const targets = ["api", "tools", "worker", "development"] as const;
export type Target = (typeof targets)[number];
export const imageOf = (target: Target) => `verdict-test-${target}`;

/** Files of tests that need a container engine: they take longer than others, and images are made for them first. */
export const isContainerTest = (path: string) => /\.containers\.test\.ts$/.test(path);

/** false when a container engine answers and has the base images, otherwise why tests are skipped. */
export function engineMissingReason(): string | false {
  try {
    docker("info", "--format", "{{.ServerVersion}}");
  } catch {
    return "no container engine answers (docker info)";
  }
  const missing = [nodeImage, debianImage].filter((image) => !hasImage(image));
  return (
    missing.length > 0 &&
    `the image ${missing.join(" and ")} is not here (docker pull, or NODE_IMAGE and BASE_IMAGE)`
  );
}

/**
 * Builds the images for the tests that use them; pulls their bases where they are missing and can be had.
 * @returns lines that say what was done, or loudly that it was not
 */
export async function ensureImages(): Promise<string[]> {
  const reason = await pullBases().then(engineMissingReason);
  if (reason)
    return [`NOT TESTED: containers and compose files, because ${reason}. Their tests count as skipped.`];
  const startedAt = performance.now();
  for (const target of targets) await buildImage(target);
  if (serviceImages.some((name) => process.env[name] === undefined)) await buildStandIns();
  return [`Built the images in ${Math.round((performance.now() - startedAt) / 1_000)} s.`];
}

/** @throws with the end of what the build said */
async function buildImage(target: Target): Promise<void> {
  const flags = ["--network", "host", "--build-arg", `NODE_IMAGE=${nodeImage}`];
  await build("docker", ["build", ...flags, "--target", target, "--tag", imageOf(target), "."]);
}

async function buildStandIns(): Promise<void> {
  const said = await build("ops/compose/stand-ins.sh", []);
  for (const [, name, image] of said.matchAll(/(\w+_IMAGE)=(\S+)/g)) {
    if (name !== undefined) process.env[name] ??= image;
  }
}

async function build(command: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, BUILD_NETWORK: "host", BASE_IMAGE: debianImage };
  const options = { cwd: projectRoot, env, timeout: buildBoundMs, maxBuffer: 50_000_000 };
  const { stdout } = await execute(command, args, options);
  return stdout;
}

async function pullBases(): Promise<void> {
  for (const image of [nodeImage, debianImage]) {
    if (hasImage(image)) continue;
    await execute("docker", ["pull", "--quiet", image], { timeout: commandBoundMs }).catch(() => undefined);
  }
}

function hasImage(image: string): boolean {
  try {
    docker("image", "inspect", image);
    return true;
  } catch {
    return false;
  }
}

/** What the command wrote, without the space around it. @throws with what it said when it fails */
export function docker(...args: string[]): string {
  return dockerWith(process.env, ...args);
}

/** As `docker`, in another environment. */
export function dockerWith(env: NodeJS.ProcessEnv, ...args: string[]): string {
  const options = { cwd: projectRoot, env, timeout: commandBoundMs, maxBuffer: 50_000_000 } as const;
  return execFileSync("docker", args, {
    ...options,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** What a container wrote to its output and to its errors. */
export function logsOf(container: string): string {
  const { stdout, stderr } = spawnSync("docker", ["logs", container], {
    encoding: "utf8",
    timeout: commandBoundMs,
  });
  return stdout + stderr;
}

/** Names of the containers of one run of the tests begin with this. */
export function runPrefix(scratch = tmpdir()): string {
  return basename(scratch).toLowerCase();
}

/** Removes what a run of the tests left in the engine, with networks and volumes. @returns what it was */
export function removeLeftContainers(scratch: string): string[] {
  if (engineMissingReason()) return [];
  const prefix = runPrefix(scratch);
  const format = '{{.Names}} {{.Label "com.docker.compose.project"}}';
  const left = docker("ps", "--all", "--filter", `name=^${prefix}`, "--format", format)
    .split("\n")
    .filter(Boolean);
  const projects = new Set(left.map((line) => line.split(" ")[1]).filter(Boolean));
  for (const project of projects)
    docker("compose", "--project-name", project ?? "", "down", "--volumes", "--timeout", "1");
  for (const line of left)
    if (!line.includes(" ") || line.endsWith(" ")) docker("rm", "--force", line.trim());
  return left.map((line) => `container ${line.split(" ")[0]} was left`);
}

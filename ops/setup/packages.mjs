// node_modules as bun.lock says, whatever set-ups run at the same time on this checkout.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, SetupError, say } from "./process.mjs";
import { lock } from "./process-lock.mjs";
import { ensureBun, indent, npm } from "./tools.mjs";

const installTimeoutMs = 600_000;

/** Installs the packages unless the stamp inside node_modules says that exactly these are there. */
export async function ensurePackages(root, home) {
  const stamp = join(root, "node_modules", ".verdict-packages");
  const wanted = fingerprint(root);
  if (isCurrent(stamp, wanted)) return;
  const bun = await ensureBun(root, home);
  // Beside the packages, not in VERDICT_HOME: two data folders may share one checkout.
  const release = await lock(join(root, ".verdict", "packages.lock"), {
    waitMs: installTimeoutMs,
    onWait: () => say("Waiting for another set-up that installs the packages"),
  });
  try {
    if (isCurrent(stamp, wanted)) return;
    say("Installing packages");
    const env = { ...process.env, ...(await registrySettings()) };
    const args = ["install", "--frozen-lockfile", "--no-progress"];
    const first = await run(bun, args, { timeoutMs: installTimeoutMs, cwd: root, env });
    const last = first.ok ? first : await run(bun, args, { timeoutMs: installTimeoutMs, cwd: root, env });
    if (!last.ok) {
      throw new SetupError(
        `The packages could not be installed. Is the network (or npm's registry setting) all right, and does bun.lock match package.json?\n${indent(last.output)}`,
      );
    }
    writeFileSync(stamp, wanted);
  } finally {
    release();
  }
}

function isCurrent(stamp, wanted) {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
}

function fingerprint(root) {
  const hash = createHash("sha256");
  for (const name of ["package.json", "bun.lock", ...patches(root)])
    hash.update(readFileSync(join(root, name)));
  return hash.update(`${process.platform} ${process.arch}`).digest("hex");
}

/** The lock names them and does not say what is in them. */
function patches(root) {
  const { patchedDependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return Object.values(patchedDependencies);
}

/** Bun reads fewer of npm's settings files than npm does, so it is told what npm would use. */
async function registrySettings() {
  const settings = {};
  if (!process.env.BUN_CONFIG_REGISTRY && !process.env.npm_config_registry) {
    const registry = await npmSetting("registry");
    if (registry !== null) settings.npm_config_registry = registry;
  }
  if (!process.env.NODE_EXTRA_CA_CERTS) {
    const authority = await npmSetting("cafile");
    if (authority !== null) settings.NODE_EXTRA_CA_CERTS = authority;
  }
  return settings;
}

async function npmSetting(name) {
  const { ok, output } = await npm(["config", "get", name, "--loglevel=silent"], 30_000);
  const value = output.trim();
  return ok && value !== "" && value !== "null" && value !== "undefined" ? value : null;
}
